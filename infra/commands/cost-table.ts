import type { Estimate } from './estimate.ts'
import { PRICES_DATE, PRICES_SOURCE } from './prices.ts'
import { WORKLOAD } from './workload.ts'

/** One environment line by line, for a terminal. */
export function costTable(found: Estimate): string {
  const rows = found.lines.map(({ item, quantity, unit, price, dollars }) => [
    item,
    `${round(quantity)} ${unit}`,
    `× ${price}`,
    dollars.toFixed(2),
  ])
  const total = ['Total for a month', '', 'USD', found.total.toFixed(2)]
  return [
    `${found.environment} in ${found.region}`,
    '',
    ...aligned([...rows, total]),
    '',
    ...explanation([found]).map((sentence) => `- ${sentence}`),
  ].join('\n')
}

/** All environments beside each other, for infra/README.md. */
export function costMarkdown(estimates: readonly Estimate[]): string {
  const items = [...new Set(estimates.flatMap(({ lines }) => lines.map(({ item }) => item)))]
  const rows = items.map((item) => [item, ...estimates.map((one) => dollarsOf(one, item))])
  const header = ['USD a month', ...estimates.map(({ environment }) => environment)]
  const total = ['**Total**', ...estimates.map((one) => `**${Math.round(one.total)}**`)]
  return [
    ...markdownTable([header, ...rows, total]),
    '',
    ...explanation(estimates).map((sentence) => `- ${sentence}`),
  ].join('\n')
}

function dollarsOf({ lines }: Estimate, item: string): string {
  const found = lines.filter((line) => line.item === item)
  if (found.length === 0) return '–'
  return found.reduce((sum, { dollars }) => sum + dollars, 0).toFixed(2)
}

function explanation(estimates: readonly Estimate[]): string[] {
  const notPriced = [...new Set(estimates.flatMap((one) => one.notPriced))]
  const strangers = new Set(
    estimates
      .filter(({ region, prices }) => region !== prices.region)
      .map(
        ({ region, prices }) => `${region} is not in the price table: prices of ${prices.region}`,
      ),
  )
  const regions = [...new Set(estimates.map(({ prices }) => prices.region))].join(', ')
  const { hours, balancerUnits, natGib, trafficOutGib, logGib, bucketGib } = WORKLOAD
  return [
    `List prices of ${regions} as known on ${PRICES_DATE}, not fetched: check them at ${PRICES_SOURCE}.`,
    ...[...strangers].map((sentence) => `${sentence}.`),
    `Assumed: ${hours} hours, the fewest tasks of the scaling, ${balancerUnits} LCU, ${natGib} GiB through NAT, ${trafficOutGib} GiB to the internet, ${logGib} GiB written to each log of tasks, database, network and firewall and kept for a year at most, ${bucketGib} GiB in each bucket, ${WORKLOAD.requestsMillions} million requests.`,
    'Without tax, free tier and discounts, and without what the model costs.',
    `Not priced: ${[...notPriced, 'backups beyond the size of the database', 'requests to KMS and S3'].join(', ')}.`,
  ]
}

function round(quantity: number): string {
  return String(Math.round(quantity * 10) / 10)
}

/** Columns as wide as their widest cell: the first to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows)
  return rows.map((row) => row.map((cell, column) => pad(cell, column, widths)).join('  '))
}

function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = widthsOf(rows)
  const cells = rows.map((row) => row.map((cell, column) => pad(cell, column, widths)))
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  )
  return [cells[0] ?? [], rule, ...cells.slice(1)].map((row) => `| ${row.join(' | ')} |`)
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const columns = rows[0]?.map((_, column) => column) ?? []
  return columns.map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
}

function pad(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}
