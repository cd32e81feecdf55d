import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

// Statements that know no user: they are a process's own work on runs, whoever these belong to.
const withoutOwner: Readonly<Record<string, string>> = {
  checkpoint_runs: 'names run and epoch, which only the process that holds the lease knows',
  finish_run: 'the same',
  set_detached: 'the same',
  abandon_run: 'names run and process',
  find_others: 'looks for what is somebody else’s, for the audit alone',
  find_expired_runs: 'the sweep takes over the runs of lost processes, all of them',
  release_old_claims: 'the sweep again',
  delete_old_chunks: 'the sweep again',
  remove_old_threads_of_org: 'another sweep: what has been kept for long enough, whosever it is',
  remove_old_threads: 'the same',
  remove_old_runs: 'the same',
  remove_old_windows: 'the same: minutes that are over',
  remove_forgotten_attachments: 'another sweep: what nobody has sent for a day, whoever forgot it',
}

const OWNED =
  /\b(?:from|join|update|into|using)\s+(threads|items|attachments|feedback|runs|usage_days|request_windows)\b/

// A statement that forgets one of the two lets a user of one organisation at the rows of another.
test('every part of every statement on what belongs to users asks for both owners', () => {
  const parts = globSync('service/store/*.ts').flatMap((file) =>
    statementsOf(readFileSync(file, 'utf8')).flatMap(({ name, text }) =>
      partsOf(text).map((part) => ({ file, name, part })),
    ),
  )
  const onOwned = parts.filter(({ part }) => OWNED.test(part))
  const found = new Set<string>()
  for (const { file, name, part } of onOwned) {
    const terms = termsOf(part)
    if (/\borg_id\b/.test(terms) && /\buser_id\b/.test(terms)) continue
    assert.ok(name in withoutOwner, `${file}, ${name}: ${part.trim()}`)
    found.add(name)
  }
  assert.ok(onOwned.length > 40, 'the statements have moved; look for them where they are now')
  assert.deepEqual([...found].toSorted(), Object.keys(withoutOwner).toSorted())
})

/** What decides which rows a part is about: to list the owners among its columns asks for nobody. */
function termsOf(part: string): string {
  const at = part.search(/\b(?:where|on|using)\b/)
  return /^\s*(?:select|update|delete)\b/.test(part) && at >= 0 ? part.slice(at) : part
}

/**
 * What is filled into a statement beside constants: parameters of functions that make texts of
 * constants alone, when the module is loaded. None of them is anybody's input.
 */
const FILLED_IN = 'andBeyond first ids max messageId order run select side source'.split(' ')
const SQL = /\b(?:select|insert into|update|delete from|where|returning|coalesce|order by)\b/
const CONSTANT = /^[A-Z][A-Z0-9_]*(?:\((?:'[^']*'|\d+|[A-Z_]+)(?:, (?:'[^']*'|\d+|[A-Z_]+))*\))?$/

test('no statement is put together from anything but constants', () => {
  const found = new Set<string>()
  for (const file of globSync('service/store/**/*.ts')) {
    for (const filled of filledIntoSql(readFileSync(file, 'utf8'))) {
      const name = filled.replace(/ \+ \d+$/, '')
      assert.ok(FILLED_IN.includes(name), `${file} fills in ${filled}: give it as a parameter`)
      found.add(name)
    }
  }
  assert.deepEqual([...found].toSorted(), FILLED_IN)
})

/** Everything but constants that a source file fills into statements. */
function filledIntoSql(source: string): readonly string[] {
  const texts = Array.from(source.matchAll(/`([^`]*)`/g), ([, text = '']) => text)
  return texts
    .filter((text) => SQL.test(text))
    .flatMap((text) => Array.from(text.matchAll(/\$\{([^{}]*)\}/g), ([, filled = '']) => filled))
    .filter((filled) => !CONSTANT.test(filled) && !filled.startsWith('countIn('))
}

interface NamedText {
  /** The last statement that was named before it. */
  readonly name: string
  readonly text: string
}

/** Every text of a source file; of what is filled in, the constants of that file alone. */
function statementsOf(source: string): NamedText[] {
  let flat = source.replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '')
  const constants = new Map(
    Array.from(flat.matchAll(/const ([A-Z_]+) =\s*(?:`([^`]*)`|'([^']*)')/g), (match) => {
      return [match[1], match[2] ?? match[3] ?? ''] as const
    }),
  )
  // A text may be filled into a text: the innermost first.
  for (let before = ''; before !== flat;) {
    before = flat
    flat = flat.replaceAll(/\$\{((?:[^{}`]|`[^`$]*`)*)\}/g, (_all, inner: string) => {
      return constants.get(inner) ?? ' '
    })
  }
  const texts = flat.matchAll(/name: '(\w+)'|`([^`]*)`|'([^'\n]*)'/g)
  let name = ''
  return Array.from(texts, (match) => {
    name = match[1] ?? name
    return { name, text: match[2] ?? match[3] ?? '' }
  })
}

/** A statement without what stands in parentheses, and each of those for itself. */
function partsOf(statement: string): string[] {
  // The columns of an insert belong to it.
  let rest = statement.replaceAll(/(insert into \w+\s*)\(([^()]*)\)/g, '$1 $2 ')
  const parts: string[] = []
  for (let before = ''; before !== rest;) {
    before = rest
    rest = rest.replaceAll(/\(([^()]*)\)/g, (_all, inner: string) => {
      parts.push(inner)
      return ' '
    })
  }
  return [...parts, rest]
}
