import { z } from 'zod'
import type { Environment } from '../../read-config.ts'
import { chooseEnvironment } from '../choose-environment.ts'

/** moto's own account, which it gives to every caller. */
export const ACCOUNT = '123456789012'
export const ZONE = 'rehearsal.test'
export const HOST_NAME = `chat.${ZONE}`
const CHANGED_LOG_LEVEL = 'debug'

/** What processes of the rehearsal tell each other. */
export const Rehearsal = z.object({
  environment: z.string(),
  /** Both exist in moto before the first deployment. */
  zoneId: z.string(),
  certificateArn: z.string(),
  /** The second deployment has another image and another log level. */
  isChanged: z.boolean(),
})
export type Rehearsal = z.infer<typeof Rehearsal>

/**
 * An environment as it is configured, in an account that does not exist: with a zone and a
 * certificate of that account, and an image that is named and not built.
 */
export function rehearsedSettings(rehearsal: Rehearsal): Environment {
  const { environment, zoneId, certificateArn, isChanged } = rehearsal
  const settings = chooseEnvironment(environment)
  const { service, region } = settings
  const version = isChanged ? '2.0.0' : '1.0.0'
  return {
    ...settings,
    account: ACCOUNT,
    hostName: HOST_NAME,
    zone: { id: zoneId, name: ZONE },
    certificateArn,
    service: {
      ...service,
      image: { uri: `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/chatkit:${version}` },
      logLevel: isChanged ? CHANGED_LOG_LEVEL : service.logLevel,
    },
  }
}
