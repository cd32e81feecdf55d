import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  ALLOWLIST_PAGE,
  allowlistSteps,
  pagesOf,
} from '../../../infra/commands/domain-allowlist.ts'
import { settingsOf } from '../synthesized.ts'
import { runCommand } from './run-command.ts'

test('every page is named once, by its host alone, and local ones are not registered', () => {
  const origins = [
    'https://app.acme.test',
    'https://app.acme.test:8443',
    'https://help.acme.test',
    'http://localhost:5173',
  ]
  assert.deepEqual(pagesOf(origins), [
    { origin: 'https://app.acme.test', domain: 'app.acme.test' },
    { origin: 'https://help.acme.test', domain: 'help.acme.test' },
    { origin: 'http://localhost:5173', domain: undefined },
  ])
})

test('the steps name the page, each domain, the place of the key, and what a blank chat means', () => {
  const settings = { ...settingsOf('prod'), origins: ['https://a.test', 'https://b.test'] }
  const steps = allowlistSteps(settings)
  assert.ok(steps.includes(ALLOWLIST_PAGE))
  assert.match(steps, /^ +a\.test\n +b\.test$/m)
  assert.match(steps, /url: 'https:\/\/chat\.example\.com\/chatkit', domainKey: 'domain_pk_…'/)
  assert.match(steps, /It worked if/)
  assert.match(steps, /A blank place/)
  assert.ok(Math.max(...steps.split('\n').map((line) => line.length)) <= 105)
})

test('with local pages alone there is nothing to register', () => {
  const settings = { ...settingsOf('dev'), origins: ['http://localhost:5173'] }
  assert.match(allowlistSteps(settings), /^Nothing to register for dev/)
})

test('the domains can be read by a program', async () => {
  const { stdout } = await runCommand('domains', ['--env', 'dev', '--json'])
  assert.deepEqual(JSON.parse(stdout), ['app.dev.example.com'])
})

test('the runbook has the long form, with the same page', () => {
  const runbook = readFileSync('infra/RUNBOOK.md', 'utf8')
  assert.match(runbook, /^## Domain allowlist$/m)
  assert.ok(runbook.includes(ALLOWLIST_PAGE))
})
