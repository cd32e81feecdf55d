import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Match, type Template } from 'aws-cdk-lib/assertions'
import { z } from 'zod'
import { REPOSITORY_ROOT, synthesize, theOnly } from './synthesized.ts'

const CERTIFICATE =
  'arn:aws:acm:eu-central-1:111122223333:certificate/0a1b2c3d-0000-4000-8000-1234567890ab'
const BALANCER = 'AWS::ElasticLoadBalancingV2::LoadBalancer'
const TARGETS = 'AWS::ElasticLoadBalancingV2::TargetGroup'
const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener'

const dev = synthesize('dev').service
const { service: prod, data } = synthesize('prod')
const { service: withoutZone } = synthesize('prod', (settings) => ({
  ...settings,
  certificateArn: CERTIFICATE,
  zone: undefined,
}))

/** The key-value attributes of the only resource of a type. */
function attributesOf(template: Template, type: string): Record<string, string> {
  const pairs = z.array(z.object({ Key: z.string(), Value: z.unknown() }))
  const { LoadBalancerAttributes, TargetGroupAttributes } = z
    .object({ LoadBalancerAttributes: pairs.default([]), TargetGroupAttributes: pairs.default([]) })
    .parse(theOnly(template, type))
  const both = [...LoadBalancerAttributes, ...TargetGroupAttributes]
  return Object.fromEntries(both.map(({ Key, Value }) => [Key, String(Value)]))
}

test('browsers get TLS 1.2 or 1.3 with post-quantum key exchange', () => {
  prod.hasResourceProperties(LISTENER, {
    Port: 443,
    Protocol: 'HTTPS',
    SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-PQ-2025-09',
  })
})

test('plain HTTP is only ever redirected', () => {
  prod.resourceCountIs(LISTENER, 2)
  prod.hasResourceProperties(LISTENER, {
    Port: 80,
    DefaultActions: [
      {
        Type: 'redirect',
        RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' },
      },
    ],
  })
})

test('malformed requests are turned away at the door', () => {
  const attributes = attributesOf(prod, BALANCER)
  assert.equal(attributes['routing.http.drop_invalid_header_fields.enabled'], 'true')
  assert.equal(attributes['routing.http.desync_mitigation_mode'], 'strictest')
})

test('a silent stream stays open for two minutes', () => {
  assert.equal(attributesOf(prod, BALANCER)['idle_timeout.timeout_seconds'], '120')
})

test('production cannot be deleted by accident, development can', () => {
  assert.equal(attributesOf(prod, BALANCER)['deletion_protection.enabled'], 'true')
  assert.equal(attributesOf(dev, BALANCER)['deletion_protection.enabled'], 'false')
})

test('who connected and what they asked for is written down', () => {
  const attributes = attributesOf(prod, BALANCER)
  assert.equal(attributes['access_logs.s3.enabled'], 'true')
  assert.equal(attributes['connection_logs.s3.enabled'], 'true')
})

test('the logs are private, encrypted, read over TLS only, and removed by age', () => {
  data.hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: Match.anyValue(),
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    LifecycleConfiguration: {
      Rules: [Match.objectLike({ ExpirationInDays: 90, Status: 'Enabled' })],
    },
  })
  data.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Deny',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
      ]),
    },
  })
})

const ACL = 'AWS::WAFv2::WebACL'
const Rules = z.object({
  Rules: z.array(
    z.looseObject({
      Name: z.string(),
      Priority: z.int(),
      Statement: z.json(),
      Action: z.json().optional(),
    }),
  ),
})

test('a firewall turns away known attackers, known attacks, and whoever asks too often', () => {
  const { Rules: rules } = Rules.parse(theOnly(prod, ACL))
  assert.deepEqual(
    rules.map(({ Name }) => Name),
    [
      'too-many-requests',
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesCommonRuleSet',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'attacks',
      'attacks-elsewhere',
    ],
  )
  assert.deepEqual(rules[0]?.Statement, {
    RateBasedStatement: { AggregateKeyType: 'IP', Limit: 3000 },
  })
  prod.resourceCountIs('AWS::WAFv2::WebACLAssociation', 1)
})

const Group = z.object({
  Statement: z.object({
    ManagedRuleGroupStatement: z.object({
      RuleActionOverrides: z.array(z.object({ Name: z.string(), ActionToUse: z.json() })),
    }),
  }),
  OverrideAction: z.json(),
})

// A general rule takes for an attack what people ask about: a line of HTML, a path, a long text.
test('the firewall judges no message, neither by the rules of today nor by those to come', () => {
  const { Rules: rules } = Rules.parse(theOnly(prod, ACL))
  const groups = rules.slice(2, 4).map((rule) => Group.parse(rule))
  for (const { OverrideAction, Statement } of groups) {
    // Whatever AWS adds to a group, it counts; and none that is known ends the count of the others.
    assert.deepEqual(OverrideAction, { Count: {} })
    for (const { ActionToUse } of Statement.ManagedRuleGroupStatement.RuleActionOverrides) {
      assert.deepEqual(ActionToUse, { Count: {} })
    }
  }
  assert.doesNotMatch(JSON.stringify(rules[4]), /_Body"/)
})

test('what is no message is blocked as an attack everywhere: headers, cookies, addresses', () => {
  const { Rules: rules } = Rules.parse(theOnly(prod, ACL))
  const labels = JSON.stringify(rules[4]?.Statement)
  for (const label of [
    'core-rule-set:BadBots_Header',
    'core-rule-set:SizeRestrictions_Cookie_Header',
    'core-rule-set:GenericLFI_URIPath',
    'core-rule-set:CrossSiteScripting_QueryArguments',
    'core-rule-set:EC2MetaDataSSRF_Cookie',
    'known-bad-inputs:Host_Localhost_Header',
    'known-bad-inputs:Propfind_Method',
    'known-bad-inputs:Log4JRCE_QueryString',
  ]) {
    assert.match(labels, new RegExp(`"Key":"awswaf:managed:aws:${label}"`))
  }
  assert.deepEqual(rules[4]?.Action, { Block: {} })
})

const Exempt = z.object({
  ByteMatchStatement: z.object({ SearchString: z.string(), PositionalConstraint: z.string() }),
})
const Elsewhere = z.object({
  AndStatement: z.object({
    Statements: z.array(z.object({ NotStatement: z.object({ Statement: Exempt }).optional() })),
  }),
})

// A form with a file in it is longer than any general rule lets pass.
test('wherever the service takes a body, the firewall leaves it to the service', () => {
  const { Rules: rules } = Rules.parse(theOnly(prod, ACL))
  const { AndStatement: all } = Elsewhere.parse(rules[5]?.Statement)
  const exempt = all.Statements.flatMap(({ NotStatement: not }) => not?.Statement ?? [])
  const routes = globSync('service/http/*.ts', { cwd: REPOSITORY_ROOT }).flatMap((file) =>
    Array.from(
      readFileSync(join(REPOSITORY_ROOT, file), 'utf8').matchAll(/app\.(?:post|put)\('([^']+)'/g),
      ([, path = '']) => path,
    ),
  )
  assert.ok(routes.length >= 2)
  assert.match(
    JSON.stringify(rules[5]?.Statement),
    /"Key":"awswaf:managed:aws:known-bad-inputs:","Scope":"NAMESPACE"/,
  )
  assert.deepEqual(rules[5]?.Action, { Block: {} })
  assert.deepEqual(
    exempt.map(({ ByteMatchStatement: path }) => path),
    routes.toSorted().map((SearchString) => ({ SearchString, PositionalConstraint: 'EXACTLY' })),
  )
})

test('the firewall writes down what it sees, but no credential and nothing that people write', () => {
  const credentials = ['authorization', 'cookie', 'x-session-token', 'x-gateway-secret']
  prod.hasResourceProperties('AWS::WAFv2::LoggingConfiguration', {
    RedactedFields: credentials.map((Name) => ({ SingleHeader: { Name } })),
  })
  // Samples of requests are shown in the console, whatever the log leaves out.
  prod.hasResourceProperties(ACL, {
    DataProtectionConfig: {
      DataProtections: [
        { FieldType: 'SINGLE_HEADER', FieldKeys: credentials },
        { FieldType: 'SINGLE_COOKIE' },
        { FieldType: 'BODY' },
      ].map((Field) => ({ Action: 'SUBSTITUTION', Field })),
    },
  })
  prod.hasResourceProperties('AWS::Logs::LogGroup', {
    LogGroupName: 'aws-waf-logs-chatkit-prod',
    KmsKeyId: Match.anyValue(),
  })
})

test('the firewall can be left out, as in development', () => {
  dev.resourceCountIs(ACL, 0)
})

test('a task gets requests within 20 seconds of being ready and none 30 seconds after', () => {
  prod.hasResourceProperties(TARGETS, {
    HealthCheckPath: '/ready',
    HealthCheckIntervalSeconds: 10,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 3,
    Matcher: { HttpCode: '200' },
  })
})

test('requests go to the task with the fewest open streams, with no slow start', () => {
  const attributes = attributesOf(prod, TARGETS)
  assert.equal(attributes['load_balancing.algorithm.type'], 'least_outstanding_requests')
  assert.equal(attributes['slow_start.duration_seconds'] ?? '0', '0')
})

test('a task that leaves keeps its streams for longer than the longest one', () => {
  assert.equal(attributesOf(prod, TARGETS)['deregistration_delay.timeout_seconds'], '900')
  assert.equal(attributesOf(dev, TARGETS)['deregistration_delay.timeout_seconds'], '30')
})

test('with a zone, the certificate is issued and the name points at the balancer', () => {
  prod.hasResourceProperties('AWS::CertificateManager::Certificate', {
    DomainName: 'chat.example.com',
    ValidationMethod: 'DNS',
    DomainValidationOptions: [Match.objectLike({ HostedZoneId: 'Z0123456789EXAMPLE' })],
  })
  prod.hasResourceProperties('AWS::Route53::RecordSet', {
    Name: 'chat.example.com.',
    Type: 'A',
    HostedZoneId: 'Z0123456789EXAMPLE',
    AliasTarget: Match.anyValue(),
  })
})

test('with a certificate and no zone, the certificate is used and DNS is left alone', () => {
  withoutZone.resourceCountIs('AWS::CertificateManager::Certificate', 0)
  withoutZone.resourceCountIs('AWS::Route53::RecordSet', 0)
  withoutZone.hasResourceProperties(LISTENER, {
    Port: 443,
    Certificates: [{ CertificateArn: CERTIFICATE }],
  })
})

test('the outputs tell what pages call and which domains to register', () => {
  prod.hasOutput('Url', { Value: 'https://chat.example.com/chatkit' })
  prod.hasOutput('DomainsToAllow', { Value: 'app.example.com' })
  // Two origins are configured; OpenAI neither checks nor accepts the local one.
  dev.hasOutput('DomainsToAllow', { Value: 'app.dev.example.com' })
})
