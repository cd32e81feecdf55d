import {
  CreateSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretResponse,
  PutSecretValueCommand,
  ResourceNotFoundException,
  RestoreSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { Environment } from '../read-config.ts'
import { openAiKeyName } from '../secret-names.ts'
import { CommandError } from './command.ts'

const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 10_000 }

export type SecretState =
  { readonly isSet: true; readonly since: string } | { readonly isSet: false }

/** Secrets Manager in the region of an environment; asked often enough, or given up in seconds. */
export function secretsManagerOf({ region }: Environment): SecretsManagerClient {
  return new SecretsManagerClient({ region, requestHandler: TIMEOUTS })
}

/**
 * The OpenAI key of an environment: no stack holds it, the operator does. Never reads its value.
 */
export class OperatorSecret {
  readonly name: string
  readonly #settings: Environment
  readonly #client: SecretsManagerClient

  constructor(settings: Environment) {
    this.name = openAiKeyName(settings)
    this.#settings = settings
    this.#client = secretsManagerOf(settings)
  }

  [Symbol.dispose](): void {
    this.#client.destroy()
  }

  async state(): Promise<SecretState> {
    const found = await this.#describe()
    const stages = Object.values(found?.VersionIdsToStages ?? {}).flat()
    if (found?.DeletedDate || !stages.includes('AWSCURRENT')) return { isSet: false }
    const changed = found?.LastChangedDate ?? found?.CreatedDate
    return { isSet: true, since: changed?.toISOString().slice(0, 10) ?? 'an unknown day' }
  }

  /** Throws if there are no credentials, or if they are seen to be those of another account. */
  async demandCredentials(): Promise<void> {
    const { accountId } = await this.#client.config.credentials()
    this.#demandAccount(accountId)
  }

  /**
   * The same, and asks AWS whether they are good for this secret. Resolves to the account, where
   * either of them tells it.
   */
  async demandAccess(): Promise<string | undefined> {
    const { accountId } = await this.#client.config.credentials()
    this.#demandAccount(accountId)
    const account = (await this.#describe())?.ARN?.split(':')[4]
    this.#demandAccount(account)
    return account ?? accountId
  }

  /** Makes the secret if there is none, and takes back its deletion if that has begun. */
  async store(value: string): Promise<void> {
    const found = await this.#describe()
    if (!found) return await this.#create(value)
    if (found.DeletedDate) await this.#client.send(new RestoreSecretCommand(this.#id()))
    await this.#client.send(new PutSecretValueCommand({ ...this.#id(), SecretString: value }))
  }

  async #create(value: string): Promise<void> {
    const { name, environment, tags } = this.#settings
    const all = { ...tags, application: name, environment }
    await this.#client.send(
      new CreateSecretCommand({
        Name: this.name,
        Description: 'OPENAI_API_KEY of the chat service; set by npm run secret',
        SecretString: value,
        Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
      }),
    )
  }

  async #describe(): Promise<DescribeSecretResponse | undefined> {
    try {
      return await this.#client.send(new DescribeSecretCommand(this.#id()))
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  }

  #id() {
    return { SecretId: this.name }
  }

  #demandAccount(account: string | undefined): void {
    const { account: expected, environment } = this.#settings
    if (!expected || !account || account === expected) return
    throw new CommandError(
      `These credentials belong to the account ${account}, and ${environment} to ${expected} (infra/config.ts).`,
    )
  }
}
