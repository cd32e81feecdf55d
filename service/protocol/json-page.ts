/** Rows in order as JSON that is not taken apart on its way to the client; see `Page`. */
export interface JsonPage {
  /** The rows, with commas between them. */
  readonly rows: string
  readonly has_more: boolean
  readonly after?: string
}

export function pageJson({ rows, has_more, after }: JsonPage): string {
  const cursor = after === undefined ? '' : `,"after":${JSON.stringify(after)}`
  return `{"data":[${rows}],"has_more":${has_more}${cursor}}`
}
