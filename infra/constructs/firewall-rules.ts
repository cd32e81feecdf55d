import type { CfnWebACL } from 'aws-cdk-lib/aws-wafv2'

export type FirewallRule = Omit<CfnWebACL.RuleProperty, 'priority' | 'visibilityConfig'>

const IP_REPUTATION = 'AWSManagedRulesAmazonIpReputationList'
const LABELS = 'awswaf:managed:aws:'
const BODY = '_BODY'

interface RuleGroup {
  readonly name: string
  /** What the labels of its rules begin with. */
  readonly namespace: string
  readonly rules: readonly string[]
}

/** What AWS has in its groups, by the names that it overrides them by. */
const GROUPS: readonly RuleGroup[] = [
  {
    name: 'AWSManagedRulesCommonRuleSet',
    namespace: 'core-rule-set',
    rules: [
      'NoUserAgent_HEADER',
      'UserAgent_BadBots_HEADER',
      'SizeRestrictions_QUERYSTRING',
      'SizeRestrictions_Cookie_HEADER',
      'SizeRestrictions_BODY',
      'SizeRestrictions_URIPATH',
      'EC2MetaDataSSRF_BODY',
      'EC2MetaDataSSRF_COOKIE',
      'EC2MetaDataSSRF_URIPATH',
      'EC2MetaDataSSRF_QUERYARGUMENTS',
      'GenericLFI_QUERYARGUMENTS',
      'GenericLFI_URIPATH',
      'GenericLFI_BODY',
      'RestrictedExtensions_URIPATH',
      'RestrictedExtensions_QUERYARGUMENTS',
      'GenericRFI_QUERYARGUMENTS',
      'GenericRFI_BODY',
      'GenericRFI_URIPATH',
      'CrossSiteScripting_COOKIE',
      'CrossSiteScripting_QUERYARGUMENTS',
      'CrossSiteScripting_BODY',
      'CrossSiteScripting_URIPATH',
    ],
  },
  {
    name: 'AWSManagedRulesKnownBadInputsRuleSet',
    namespace: 'known-bad-inputs',
    rules: [
      'JavaDeserializationRCE_HEADER',
      'JavaDeserializationRCE_BODY',
      'JavaDeserializationRCE_URIPATH',
      'JavaDeserializationRCE_QUERYSTRING',
      'Host_localhost_HEADER',
      'PROPFIND_METHOD',
      'ExploitablePaths_URIPATH',
      'Log4JRCE_HEADER',
      'Log4JRCE_QUERYSTRING',
      'Log4JRCE_BODY',
      'Log4JRCE_URIPATH',
      'ReactJSRCE_BODY',
    ],
  },
]

/** Labels whose spelling does not follow from the name of the rule. */
const LABELLED: Readonly<Record<string, string>> = {
  UserAgent_BadBots_HEADER: 'BadBots_Header',
  Host_localhost_HEADER: 'Host_Localhost_Header',
  PROPFIND_METHOD: 'Propfind_Method',
}
const LABELLED_PARTS: Readonly<Record<string, string>> = {
  HEADER: 'Header',
  BODY: 'Body',
  COOKIE: 'Cookie',
  URIPATH: 'URIPath',
  QUERYSTRING: 'QueryString',
  QUERYARGUMENTS: 'QueryArguments',
}

/**
 * The rules of the firewall, in the order in which they are asked.
 *
 * The groups of AWS only count and label; the last two rules decide by the labels. So a rule about
 * bodies judges no message, and neither does one that AWS adds to a group later.
 */
export function firewallRules(limit: number, chatPaths: readonly string[]): FirewallRule[] {
  return [
    rateRule(limit),
    {
      name: IP_REPUTATION,
      statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: IP_REPUTATION } },
      overrideAction: { none: {} },
    },
    ...GROUPS.map(labellingRule),
    { name: 'attacks', statement: anyOf(attackLabels()), action: { block: {} } },
    elsewhereRule(chatPaths),
  ]
}

function rateRule(limit: number): FirewallRule {
  return {
    name: 'too-many-requests',
    statement: { rateBasedStatement: { limit, aggregateKeyType: 'IP' } },
    action: { block: { customResponse: { responseCode: 429 } } },
  }
}

// Each rule counts, because the first one that blocks would keep those behind it from labelling.
function labellingRule({ name, rules }: RuleGroup): FirewallRule {
  return {
    name,
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: rules.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
    overrideAction: { count: {} },
  }
}

/** What nobody has a reason to send, wherever it goes: in the address, in headers, in cookies. */
function attackLabels(): string[] {
  return GROUPS.flatMap(({ namespace, rules }) =>
    rules
      .filter((rule) => !rule.endsWith(BODY))
      .map((rule) => `${LABELS}${namespace}:${labelOf(rule)}`),
  )
}

/** Where no messages are written, every label is enough. */
function elsewhereRule(chatPaths: readonly string[]): FirewallRule {
  const namespaces = GROUPS.map(({ namespace }) => `${LABELS}${namespace}:`)
  return {
    name: 'attacks-elsewhere',
    statement: {
      andStatement: {
        statements: [
          anyOf(namespaces, 'NAMESPACE'),
          ...chatPaths.map((path) => ({ notStatement: { statement: pathIs(path) } })),
        ],
      },
    },
    action: { block: {} },
  }
}

function labelOf(rule: string): string {
  return LABELLED[rule] ?? rule.replace(/[A-Z]+$/, (part) => LABELLED_PARTS[part] ?? part)
}

function anyOf(keys: readonly string[], scope = 'LABEL'): CfnWebACL.StatementProperty {
  return {
    orStatement: { statements: keys.map((key) => ({ labelMatchStatement: { scope, key } })) },
  }
}

function pathIs(path: string): CfnWebACL.StatementProperty {
  return {
    byteMatchStatement: {
      fieldToMatch: { uriPath: {} },
      positionalConstraint: 'EXACTLY',
      searchString: path,
      textTransformations: [{ priority: 0, type: 'NONE' }],
    },
  }
}
