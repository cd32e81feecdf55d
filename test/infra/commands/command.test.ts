import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { hasStackTrace, runCommand } from './run-command.ts'

const COMMANDS = [
  'cost',
  'deploy',
  'destroy',
  'diff',
  'domains',
  'image',
  'rehearse',
  'secret',
  'synth',
]

const POLICY = { folder: 'infra/policy' }

// Each starts processes and mostly waits for them.
suite('every command', { concurrency: 6 }, () => {
  for (const name of COMMANDS) {
    test(`${name} explains itself, and ends well`, async () => {
      const { code, stdout } = await runCommand(name, ['--help'])
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^npm run ${name} -- `))
      assert.match(stdout, /--env NAME/)
    })

    test(`${name} refuses what it does not know, and lists what it does`, async () => {
      const { code, stderr } = await runCommand(name, ['--colour'])
      assert.equal(code, 2)
      assert.match(stderr, /^There is no option --colour\. Allowed: .*--env.*--help/)
      assert.ok(!hasStackTrace(stderr))
    })
  }

  test('policy explains itself too, and refuses what it does not know', async () => {
    const { code, stdout } = await runCommand('report', ['--help'], POLICY)
    assert.equal(code, 0)
    assert.match(stdout, /^npm run policy -- [^]*--env NAME/)
    for (const args of [['--evn', 'prod'], ['--env', 'qa'], ['prod']]) {
      const mistaken = await runCommand('report', args, POLICY)
      assert.equal(mistaken.code, 2)
      assert.match(
        mistaken.stderr,
        /^(There is no option --evn|There is no environment "qa"|"prod")/,
      )
    }
  })

  for (const [name, ...words] of [
    ['deploy'],
    ['image'],
    ['secret', 'status'],
    ['synth'],
    ['synth', '-c', 'env=qa'],
  ] as const) {
    test(`${[name, ...words].join(' ')} lists the environments there are`, async () => {
      const { code, stderr } = await runCommand(name, [...words, '--env', 'qa'])
      assert.equal(code, 2)
      assert.equal(
        stderr,
        'There is no environment "qa" in infra/config.ts; it has dev, staging, prod.\n',
      )
    })
  }

  const mistakes: [string, readonly string[], RegExp][] = [
    ['domains', [], /^Say which environment: --env dev, --env staging, --env prod\.$/m],
    ['domains', ['--env'], /^Option '--env <value>' argument missing\.$/m],
    [
      'synth',
      ['--env', 'dev', '-c', 'env=prod'],
      /^One environment at a time, .* dev and prod\.$/m,
    ],
    ['synth', ['prod'], /^"prod" is not understood\. Allowed: npm run synth/m],
    ['domains', ['prod'], /^"prod" is not understood\. Allowed: npm run domains/m],
    ['secret', ['print', 'openai'], /^"print openai" is not something that can be done; one of/m],
    ['image', ['--env', 'dev', '--tag', 'chat:latest'], /version that is not latest/],
    ['image', ['--env', 'dev', '--digest', 'sha256:12'], /64 hexadecimal digits/],
    ['image', ['--architecture', 'mips'], /no architecture "mips"; allowed: arm64, x86_64/],
    [
      'image',
      ['--env', 'dev', '--with', 'kaniko'],
      /one of these can: docker, podman, buildah, finch/,
    ],
  ]

  for (const [name, args, sentence] of mistakes) {
    test(`${name} ${args.join(' ')} is a mistake that gets a sentence`, async () => {
      const { code, stderr } = await runCommand(name, args)
      assert.equal(code, 2)
      assert.match(stderr, sentence)
      assert.ok(!hasStackTrace(stderr))
    })
  }

  for (const [name, args] of [
    ['secret', ['status', '--env', 'dev']],
    ['diff', ['--env', 'dev']],
    ['destroy', ['--env', 'dev', '--confirm', 'dev']],
  ] as const) {
    test(`${name} without credentials says how to sign in`, async () => {
      const { code, stderr } = await runCommand(name, args)
      assert.equal(code, 1)
      assert.match(stderr, /There are no AWS credentials\. Sign in first/)
      assert.ok(!hasStackTrace(stderr))
    })
  }
})
