import { Client } from 'pg'

export const TEMPLATE = 'template_chatkit'

/** Prepares the database that every test gets a copy of. */
export async function createTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`create database ${TEMPLATE}`)
  } finally {
    await client.end()
  }
}
