import type { Row } from './table.ts'

/** What every part of the bench works with. */
export interface Bench {
  /** A new database with the schema of the service and no rows; it goes with the server. */
  readonly createDatabase: () => Promise<string>
  /** Tells what is being done, while it is being done. */
  readonly say: (line: string) => void
  /** A folder for CPU profiles of the subjects, if they are wanted. */
  readonly profiles: string | undefined
}

/** Measures something; the notes stand under the table. */
export type Part = (bench: Bench) => Promise<PartResult>

export interface PartResult {
  readonly rows: readonly Row[]
  readonly notes: readonly string[]
}
