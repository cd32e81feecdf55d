import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'

const FRESH_MS = 60_000
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000 }
const PREVIOUS = 'AWSPREVIOUS'
const CURRENT = 'AWSCURRENT'

/** The values of one secret that are valid now, the current one first. Never empty. */
export type SecretValues = readonly [string, ...string[]]

/** Reads secrets; asked often, so whatever it asks itself is cached. */
export interface SecretSource {
  read(secretId: string): Promise<SecretValues>
}

interface Entry {
  values: Promise<SecretValues>
  readAt: number
}

/**
 * Secrets Manager, asked once a minute for each secret. A rotation reaches every process without a
 * restart, and for as long as the previous version keeps its label it is valid too. While new
 * values are on their way, and while the service does not answer, the last ones stay in use.
 */
export class SecretsManagerSource implements SecretSource {
  readonly #entries = new Map<string, Entry>()
  #client: SecretsManagerClient | undefined

  /** Without a client, one is made at the first question: making it looks for credentials. */
  constructor(client?: SecretsManagerClient) {
    this.#client = client
  }

  read(secretId: string): Promise<SecretValues> {
    const entry = this.#entries.get(secretId)
    if (!entry) return this.#readFirst(secretId)
    if (Date.now() - entry.readAt >= FRESH_MS) this.#refresh(secretId, entry)
    return entry.values
  }

  #readFirst(secretId: string): Promise<SecretValues> {
    const values = this.#fetch(secretId)
    this.#entries.set(secretId, { values, readAt: Date.now() })
    values.catch(() => this.#entries.delete(secretId))
    return values
  }

  #refresh(secretId: string, entry: Entry): void {
    entry.readAt = Date.now()
    this.#fetch(secretId).then(
      (values) => {
        entry.values = Promise.resolve(values)
      },
      () => undefined, // the old values stay, and the next minute asks again
    )
  }

  async #fetch(secretId: string): Promise<SecretValues> {
    const [current, previous] = await Promise.all([
      this.#fetchVersion(secretId, CURRENT),
      this.#fetchVersion(secretId, PREVIOUS),
    ])
    if (current === undefined) {
      throw new Error(`the secret ${secretId} has no value; set one with the AWS CLI`)
    }
    return previous === undefined ? [current] : [current, previous]
  }

  async #fetchVersion(secretId: string, stage: string): Promise<string | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage })
      this.#client ??= new SecretsManagerClient({ requestHandler: TIMEOUTS })
      return (await this.#client.send(command)).SecretString
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  }
}
