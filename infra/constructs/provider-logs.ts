import { CfnResource, CustomResourceProviderBase, type Stack } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import { KeptLog, type LogDays } from './kept-log.ts'

export interface ProviderLogsProps {
  readonly encryptionKey: IKey
  readonly days: LogDays
  /** @default false - the logs outlive their stack */
  readonly disposable?: boolean
}

/**
 * Gives a log to each function that CDK has brought along for what CloudFormation cannot do. Lambda
 * would otherwise make one itself: not encrypted with our key, never emptied, and in no stack.
 *
 * To be called when everything else is in the stack.
 */
export function keepProviderLogs(
  stack: Stack,
  { disposable = false, ...props }: ProviderLogsProps,
) {
  const providers = stack.node.children.filter((one) => one instanceof CustomResourceProviderBase)
  for (const provider of providers) {
    const handler = provider.node.findChild('Handler')
    if (!CfnResource.isCfnResource(handler)) throw new Error(`${provider.node.path} is no function`)
    const { group } = new KeptLog(provider, 'Log', { ...props, disposable })
    handler.addPropertyOverride('LoggingConfig', { LogGroup: group.logGroupName })
  }
}
