import { escapeLiteral } from 'pg'
import type { QueryResult } from 'pg'
import { z } from 'zod'
import { Database } from '../../service/store/pool.ts'
import type { Statement } from '../../service/store/pool.ts'

/** How Postgres has carried out one statement. */
export interface Plan {
  readonly statement: string
  /** The tables that were read, and how: `Index Scan threads_pkey`. */
  readonly scans: readonly string[]
  /** Pages of 8 KiB that were looked at, in memory or on disk. */
  readonly blocks: number
  readonly ms: number
}

/**
 * A door to Postgres that asks for the plan of each statement before it runs it: the general plan
 * that a prepared statement ends up with, whatever its parameters are.
 */
export class ExplainingDatabase extends Database {
  readonly plans: Plan[] = []

  constructor(databaseUrl: string) {
    super({
      connection: {
        connectionString: databaseUrl,
        options: '-c plan_cache_mode=force_generic_plan',
      },
      // What is prepared belongs to a connection, so all has to go through one.
      connectionsMax: 1,
      onIdleError: () => undefined, // the database may end before its connections have
    })
  }

  override async run(statement: Statement): Promise<QueryResult> {
    const name = statement.name ?? ''
    const values = (statement.values ?? []).map(toLiteral).join(', ')
    await super.run({ text: `prepare explained as ${statement.text}` })
    const explain = `explain (analyze, buffers, format json) execute explained(${values})`
    for (let time = 0; time < READ_BEFORE; time++) await super.run({ text: explain })
    const { rows } = await super.run({ text: explain })
    await super.run({ text: 'deallocate explained' })
    this.plans.push(toPlan(name, rows[0]))
    return await super.run(statement)
  }
}

/** The first time would also count what has to be read for the plan itself. */
const READ_BEFORE = 1

function toLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  return typeof value === 'number' ? String(value) : escapeLiteral(z.string().parse(value))
}

interface Node {
  readonly 'Node Type': string
  readonly 'Index Name'?: string | undefined
  readonly 'Relation Name'?: string | undefined
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: Node[] | undefined
}

const Node: z.ZodType<Node> = z.object({
  'Node Type': z.string(),
  'Index Name': z.string().optional(),
  'Relation Name': z.string().optional(),
  'Shared Hit Blocks': z.number(),
  'Shared Read Blocks': z.number(),
  get Plans() {
    return z.array(Node).optional()
  },
})

const Explained = z.object({
  'QUERY PLAN': z.tuple([z.object({ Plan: Node, 'Execution Time': z.number() })]),
})

function toPlan(statement: string, row: unknown): Plan {
  const [{ Plan: root, 'Execution Time': ms }] = Explained.parse(row)['QUERY PLAN']
  const blocks = root['Shared Hit Blocks'] + root['Shared Read Blocks']
  return { statement, scans: [...new Set(scansOf(root))], blocks, ms }
}

function scansOf(node: Node): string[] {
  const relation = node['Index Name'] ?? node['Relation Name']
  const own = relation === undefined ? [] : [`${node['Node Type']} ${relation}`]
  return [...own, ...(node.Plans ?? []).flatMap(scansOf)]
}
