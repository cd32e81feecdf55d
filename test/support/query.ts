import { Client } from 'pg'

/** Asks the database behind a service directly. */
export async function query<Row>(
  databaseUrl: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const result = await client.query(text, values)
    const rows: Row[] = result.rows
    return rows
  } finally {
    await client.end()
  }
}
