import { execFileSync } from 'node:child_process'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly command: string
}

/** Every process that is not just waiting to be collected. */
export function processList(): ProcessEntry[] {
  const format = 'pid=,ppid=,pgid=,stat=,args='
  const lines = execFileSync('ps', ['-A', '-ww', '-o', format], { encoding: 'utf8' })
  return lines.split('\n').flatMap((line) => {
    const found = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    if (!found || found[4]?.startsWith('Z')) return []
    const [pid = 0, parent = 0, group = 0] = found.slice(1, 4).map(Number)
    return [{ pid, parent, group, command: found[5] ?? '' }]
  })
}
