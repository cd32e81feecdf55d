import { query } from '../support/query.ts'
import { openDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'

/**
 * Empty databases with the schema of the service, lent one to a trace.
 *
 * One that comes back is emptied and lent again: to make a database costs more than a whole replay.
 * They are dropped when this is disposed of.
 */
export class Databases implements AsyncDisposable {
  readonly #server: string
  readonly #all = new AsyncDisposableStack()
  #free: TestDatabase[] = []

  constructor(server: string) {
    this.#server = server
  }

  async lend(): Promise<TestDatabase> {
    const database = this.#free.pop() ?? this.#all.use(await openDatabase(this.#server))
    const giveBack = async () => {
      await empty(database.url)
      this.#free.push(database)
    }
    return { url: database.url, [Symbol.asyncDispose]: giveBack }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#free = []
    await this.#all.disposeAsync()
  }
}

/** Removes every row of the service, whatever tables it has; no trigger hears of it. */
async function empty(url: string): Promise<void> {
  const tables = await query<{ name: string }>(
    url,
    `select format('%I.%I', schemaname, tablename) as name
       from pg_tables where schemaname = 'public' and tablename <> 'migrations'`,
  )
  await query(url, `truncate ${tables.map(({ name }) => name).join(', ')} restart identity cascade`)
}
