import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'

const FRESH_MS = 60_000
const REFRESH_MS = 1_000
const TIMEOUTS = { connectionTimeout: 2_000, requestTimeout: 5_000 }
const STAGES = { current: 'AWSCURRENT', previous: 'AWSPREVIOUS', pending: 'AWSPENDING' } as const

/** The values of one secret that are valid now, the current one first. Never empty. */
export type SecretValues = readonly [string, ...string[]]

export type SecretStage = keyof typeof STAGES

/** One version of a secret. */
export interface SecretVersion {
  readonly stage: SecretStage
  readonly value: string
  /** In milliseconds since 1970. */
  readonly createdAt: number
}

/**
 * A secret that cannot be used, and what to do about it. It names the secret and never its value.
 */
class SecretError extends Error {
  override readonly name = 'SecretError'
}

/** Reads secrets; asked often, so whatever it asks itself is cached. */
export interface SecretSource {
  read(secretId: string): Promise<SecretValues>
  /** The versions that a rotation has to do with, the current one among them. */
  readVersions(secretId: string): Promise<readonly SecretVersion[]>
  /** Asks at once, since what is known was refused somewhere. At most once a second. */
  refresh(secretId: string): Promise<void>
}

interface Entry {
  versions: Promise<readonly SecretVersion[]>
  readAt: number
  refreshing?: Promise<void>
}

/**
 * Secrets Manager, asked once a minute for each secret. A rotation reaches every process without a
 * restart, and for as long as the previous version keeps its label it is known too. While new
 * values are on their way, and while the service does not answer, the last ones stay in use.
 */
export class SecretsManagerSource implements SecretSource {
  readonly #entries = new Map<string, Entry>()
  readonly #freshMs: number
  #client: SecretsManagerClient | undefined

  /** Without a client, one is made at the first question: making it looks for credentials. */
  constructor(client?: SecretsManagerClient, freshMs = FRESH_MS) {
    this.#client = client
    this.#freshMs = freshMs
  }

  async read(secretId: string): Promise<SecretValues> {
    const versions = await this.readVersions(secretId)
    const valueOf = (wanted: SecretStage) =>
      versions.flatMap(({ stage, value }) => (stage === wanted ? [value] : []))
    const [current = ''] = valueOf('current')
    return [current, ...valueOf('previous')]
  }

  readVersions(secretId: string): Promise<readonly SecretVersion[]> {
    const entry = this.#entries.get(secretId)
    if (!entry) return this.#readFirst(secretId)
    if (Date.now() - entry.readAt >= this.#freshMs) this.#refresh(secretId, entry)
    return entry.versions
  }

  async refresh(secretId: string): Promise<void> {
    const entry = this.#entries.get(secretId)
    if (!entry) return
    if (Date.now() - entry.readAt >= REFRESH_MS) this.#refresh(secretId, entry)
    await entry.refreshing
  }

  #readFirst(secretId: string): Promise<readonly SecretVersion[]> {
    const versions = this.#fetch(secretId)
    this.#entries.set(secretId, { versions, readAt: Date.now() })
    versions.catch(() => this.#entries.delete(secretId))
    return versions
  }

  #refresh(secretId: string, entry: Entry): void {
    entry.readAt = Date.now()
    entry.refreshing = this.#fetch(secretId).then(
      (versions) => {
        entry.versions = Promise.resolve(versions)
      },
      () => undefined, // the old values stay, and the next minute asks again
    )
  }

  async #fetch(secretId: string): Promise<readonly SecretVersion[]> {
    const stages = ['current', 'previous', 'pending'] as const
    const found = await Promise.all(stages.map((stage) => this.#fetchVersion(secretId, stage)))
    if (found[0] === undefined) {
      throw new SecretError(`The secret ${secretId} has no value yet; see infra/RUNBOOK.md.`)
    }
    return found.filter((version) => version !== undefined)
  }

  async #fetchVersion(secretId: string, stage: SecretStage): Promise<SecretVersion | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: STAGES[stage] })
      this.#client ??= new SecretsManagerClient({ requestHandler: TIMEOUTS })
      const { SecretString: value, CreatedDate: date } = await this.#client.send(command)
      return value === undefined ? undefined : { stage, value, createdAt: date?.getTime() ?? 0 }
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined
      throw new SecretError(`The secret ${secretId} cannot be read: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }
}

/** In words of this repository: those of a provider of credentials may say anything. */
function reasonOf(error: unknown): string {
  const name = error instanceof Error ? error.name : ''
  return reasons[name] ?? 'Secrets Manager does not answer; look at network, region and id.'
}

const reasons: Readonly<Record<string, string>> = {
  AccessDeniedException: 'the role of this process may not read it, or not use its key.',
  CredentialsProviderError: 'this process has no AWS credentials.',
  DecryptionFailure: 'its key cannot decrypt it.',
  InvalidRequestException: 'it is marked for deletion; restore it, or name another one.',
}
