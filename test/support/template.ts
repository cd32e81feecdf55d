import { Client } from 'pg'
import { createLog } from '../../service/log.ts'
import { migrate } from '../../service/store/migrate.ts'

export const TEMPLATE = 'template_chatkit'

/** Prepares the database that every test gets a copy of: the schema of the service, and no rows. */
export async function createTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create database ${TEMPLATE}`)
  } finally {
    await client.end()
  }
  const database = new URL(url)
  database.pathname = TEMPLATE
  await migrate({ connectionString: database.href }, createLog('silent'))
}
