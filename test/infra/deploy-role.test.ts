import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { DeployRoleStack, type DeployRoleStackProps } from '../../infra/deploy-role-stack.ts'
import { runCommand } from './commands/run-command.ts'
import { settingsOf } from './synthesized.ts'

const ISSUER = 'token.actions.githubusercontent.com'

function synthesize(props: Partial<DeployRoleStackProps> = {}): Template {
  const app = new App({ builtinCloudFormationValidation: false })
  return Template.fromStack(
    new DeployRoleStack(app, settingsOf('prod'), { repository: 'acme/chat', ...props }),
  )
}

// A pattern, or no condition on the subject, would let other repositories in.
for (const [id, subject] of [
  ['Deploy', 'repo:acme/chat:environment:prod'],
  ['Diff', 'repo:acme/chat:pull_request'],
]) {
  test(`the role ${id} is given to ${subject} and to nobody else`, () => {
    const roles = synthesize().findResources('AWS::IAM::Role', {
      Properties: {
        AssumeRolePolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Action: 'sts:AssumeRoleWithWebIdentity',
              Condition: {
                StringEquals: {
                  [`${ISSUER}:aud`]: 'sts.amazonaws.com',
                  [`${ISSUER}:sub`]: subject,
                },
              },
            },
          ],
        },
      },
    })
    assert.equal(Object.keys(roles).length, 1)
  })
}

// Repositories that are made today have the ids of owner and repository in their tokens.
test('a repository is known by its ids as well', async () => {
  const template = synthesize({ repository: 'acme@123/chat@456' })
  assert.match(
    JSON.stringify(template.toJSON()),
    /:sub":"repo:acme@123\/chat@456:environment:prod"/,
  )
  for (const repository of ['acme@123/chat', 'acme@x/chat@y', 'acme', 'acme/*', 'acme@1/*@2']) {
    const context = JSON.stringify({ env: 'prod', repository })
    const { code, stderr } = await runCommand('deploy-role', [], {
      folder: 'infra',
      env: { CDK_CONTEXT_JSON: context },
    })
    assert.equal(code, 1)
    assert.match(stderr, /OWNER@ID\/NAME@ID/)
  }
})

test('neither role has a right of its own in AWS, but to become those of the bootstrap and to look', () => {
  const policies = synthesize().findResources('AWS::IAM::Policy')
  const actions = [...JSON.stringify(policies).matchAll(/"Action":("[^"]+"|\[[^\]]+\])/g)].map(
    ([, action = '']) => action,
  )
  assert.deepEqual([...new Set(actions)].toSorted(), [
    '"s3:ListAllMyBuckets"',
    '"secretsmanager:DescribeSecret"',
    '"sts:AssumeRole"',
  ])
})

test('whoever opens a pull request may become the role that looks, and no other', () => {
  synthesize().hasResourceProperties('AWS::IAM::Policy', {
    PolicyName: Match.stringLikeRegexp('^Diff'),
    PolicyDocument: {
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Resource: Match.objectLike({
            'Fn::Join': [
              '',
              Match.arrayWith([
                Match.stringLikeRegexp(
                  ':role/cdk-hnb659fds-lookup-role-111122223333-eu-central-1$',
                ),
              ]),
            ],
          }),
        },
      ],
    },
  })
})

test('an account that knows GitHub already keeps its provider', () => {
  const kept = synthesize({ createsProvider: false })
  kept.resourceCountIs('AWS::IAM::OIDCProvider', 0)
  synthesize().resourceCountIs('AWS::IAM::OIDCProvider', 1)
})

test('the app of the roles says what it lacks', async () => {
  const { code, stderr } = await runCommand('deploy-role', [], { folder: 'infra' })
  assert.equal(code, 1)
  assert.match(stderr, /There is no environment undefined in infra\/config\.ts; it has dev/)
})

// The roles of the bootstrap know no environments, so reviewers of prod protect nothing from dev
// there.
test('environments that may share an account are named where the roles are installed', async (t) => {
  const outdir = mkdtempSync(join(tmpdir(), 'chatkit-role-'))
  t.after(() => rmSync(outdir, { recursive: true }))
  const context = { env: 'dev', repository: 'acme@123/chat@456' }
  const { code } = await runCommand('deploy-role', [], {
    folder: 'infra',
    env: { CDK_CONTEXT_JSON: JSON.stringify(context), CDK_OUTDIR: outdir },
  })
  assert.equal(code, 0)
  const said = readdirSync(outdir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readFileSync(join(outdir, name), 'utf8'))
  assert.match(
    said.join(''),
    /Whoever deploys dev from GitHub can deploy and delete staging and prod/,
  )
})
