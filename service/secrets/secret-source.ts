import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'

const FRESH_MS = 60_000
const PREVIOUS = 'AWSPREVIOUS'
const CURRENT = 'AWSCURRENT'

/** The values of one secret that are valid now, the current one first. Never empty. */
export type SecretValues = readonly [string, ...string[]]

/** Reads secrets; asked often, so whatever it asks itself is cached. */
export interface SecretSource {
  read(secretId: string): Promise<SecretValues>
}

interface Entry {
  readonly values: Promise<SecretValues>
  readonly readAt: number
}

/**
 * Secrets Manager, asked once a minute for each secret. A rotation reaches every process without a
 * restart, and for as long as the previous version keeps its label it is valid too. While the
 * service does not answer, the last values stay in use.
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
    if (entry && Date.now() - entry.readAt < FRESH_MS) return entry.values
    const values = this.#fetch(secretId)
    // Whoever asks meanwhile gets the old values; the new ones replace them when they are here.
    const next = entry ? values.catch(() => entry.values) : values
    this.#entries.set(secretId, { values: next, readAt: Date.now() })
    if (!entry) values.catch(() => this.#entries.delete(secretId))
    return next
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
      this.#client ??= new SecretsManagerClient({})
      return (await this.#client.send(command)).SecretString
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  }
}
