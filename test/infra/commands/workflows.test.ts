import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { z } from 'zod'

const workflows = globSync('.github/workflows/*.yml')
const Package = z.object({ scripts: z.record(z.string(), z.string()) })

// A tag can be moved to other code, which then runs with the rights of the workflow.
test('every action is pinned to a commit, with its version beside it', () => {
  assert.ok(workflows.length >= 2)
  for (const file of workflows) {
    const uses = readFileSync(file, 'utf8').match(/^.*\buses:.*$/gm) ?? []
    assert.ok(uses.length > 0, file)
    for (const line of uses) {
      assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file)
    }
  }
})

test('a workflow may read the repository and nothing else, unless a job says so', () => {
  for (const file of workflows) {
    assert.match(readFileSync(file, 'utf8'), /^permissions:\n {2}contents: read\n\n/m, file)
  }
})

test('no workflow has a stored key, or puts what a stranger writes into a script', () => {
  for (const file of workflows) {
    const text = readFileSync(file, 'utf8')
    assert.doesNotMatch(text, /secrets\.|AWS_SECRET_ACCESS_KEY|pull_request_target/, file)
    const scripts = text.match(/run: (\|\n(?: {10}.*\n)+|.*\n)/g) ?? []
    for (const script of scripts) assert.doesNotMatch(script, /\$\{\{/, file)
  }
})

test('every script that a workflow runs exists', () => {
  const { scripts } = Package.parse(JSON.parse(readFileSync('package.json', 'utf8')))
  for (const file of workflows) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(
      /npm run (?:--silent )?([a-z:-]+)/g,
    )) {
      assert.ok(scripts[name], `${file} runs npm run ${name}`)
    }
  }
})

test('credentials are asked for as a role, in the jobs that may ask for an identity', () => {
  for (const file of workflows) {
    const jobs = readFileSync(file, 'utf8').split(/^ {2}(?=[a-z]+:\n)/m)
    for (const job of jobs.filter((text) => text.includes('configure-aws-credentials'))) {
      assert.match(job, /role-to-assume: \$\{\{ vars\.AWS_[A-Z]+_ROLE \}\}/)
      assert.match(job, /id-token: write/)
    }
  }
})
