import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { Environment } from '../service/config.ts'
import { failureTable } from '../service/errors.ts'

const readme = readFileSync('README.md', 'utf8')

test("the README's table of environment variables is the one that the service reads", () => {
  const schema = z.toJSONSchema(Environment, { unrepresentable: 'any', io: 'input' })
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const { default: initial, description = '' } = toProperty(property)
    const needed = schema.required?.includes(name) ? 'required' : '–'
    return [`\`${name}\``, initial === undefined ? needed : `\`${initial}\``, description]
  })
  assert.deepEqual(tableIn('environment'), [['variable', 'default', 'meaning'], ...rows])
})

test("the README's table of errors is the one that the service answers with", () => {
  const rows = Object.entries(failureTable).map(([code, { status, message, retry }]) => [
    `\`${code}\``,
    String(status),
    message,
    retry ? 'yes' : 'no',
  ])
  assert.deepEqual(tableIn('errors'), [['code', 'status', 'message', 'retry'], ...rows])
})

test('every variable of .env.example is one that the service reads', () => {
  const names = [...readFileSync('.env.example', 'utf8').matchAll(/^#? ?([A-Z_]+)=/gm)]
  assert.ok(names.length > 3)
  for (const [, name = ''] of names) assert.ok(name in Environment.shape, name)
})

test('every npm script that a document names exists, and so does every file it links to', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))
  for (const file of documents()) {
    const text = readFileSync(file, 'utf8')
    for (const [, name = ''] of text.matchAll(/npm run (?:-s )?([a-z:-]+)/g)) {
      assert.ok(scripts[name], `${file} names npm run ${name}`)
    }
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(dirname(file), target)), `${file} links to ${target}`)
    }
  }
})

function documents(): string[] {
  const found = globSync(['*.md', '.github/*.md', '{infra,service,test}/**/*.md'])
  return found.filter((file) => !file.includes('node_modules'))
}

function toProperty(property: unknown) {
  return z
    .object({ default: z.union([z.string(), z.number(), z.boolean()]), description: z.string() })
    .partial()
    .parse(property)
}

/** The cells of a table between two markers, without the line under its head. */
function tableIn(name: string): string[][] {
  const between = readme.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0] ?? ''
  const lines = between.split('\n').filter((line) => line.startsWith('|'))
  const rows = lines.map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
  return rows.filter((_row, index) => index !== 1).map((row) => row.map((cell) => cell.trim()))
}
