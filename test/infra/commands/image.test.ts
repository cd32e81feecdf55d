import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { z } from 'zod'
import { runCommand } from './run-command.ts'

const BUILDERS = ['docker', 'podman', 'buildah', 'finch']
const DIGEST = `sha256:${'ab'.repeat(32)}`
const PACKAGE = z.object({ name: z.string(), version: z.string() })

/** A folder for the PATH with programs that only write down what they are asked. */
function fakeTools(t: TestContext, programs: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'chatkit-tools-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of programs) tool(folder, name, `echo "${name} $*" >> "${folder}/asked"`)
  tool(folder, 'npm', `echo '{"bomFormat":"CycloneDX"}'; echo "npm $*" >> "${folder}/asked"`)
  return folder
}

function tool(folder: string, name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

function asked(folder: string): string[] {
  return readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n')
}

function env(folder: string) {
  return { PATH: folder, npm_execpath: '' }
}

// Each starts processes and mostly waits for them.
suite('the image', { concurrency: 6 }, () => {
  for (const builder of BUILDERS) {
    test(`${builder} builds the image when it is all there is`, async (t) => {
      const folder = fakeTools(t, [builder])
      const run = await runCommand('image', ['--env', 'prod', ...out(folder)], { env: env(folder) })
      assert.equal(run.code, 0, run.stderr)
      assert.deepEqual(asked(folder), [
        `${builder} build --platform=linux/arm64 --file=service/Dockerfile --tag=chatkit:local .`,
        'npm sbom --sbom-format=cyclonedx --sbom-type=application --package-lock-only',
      ])
      assert.match(
        run.stdout,
        new RegExp(`^Built chatkit:local for linux/arm64 with ${builder}\\.`),
      )
      const bill: unknown = JSON.parse(readFileSync(join(folder, 'sbom.cdx.json'), 'utf8'))
      assert.deepEqual(bill, { bomFormat: 'CycloneDX' })
    })
  }

  test('the first that is there is taken, unless another is asked for', async (t) => {
    const folder = fakeTools(t, BUILDERS)
    await runCommand('image', ['--env', 'prod', ...out(folder)], { env: env(folder) })
    await runCommand('image', ['--env', 'prod', '--with', 'finch', ...out(folder)], {
      env: env(folder),
    })
    const builders = asked(folder).filter((line) => !line.startsWith('npm'))
    assert.deepEqual(
      builders.map((line) => line.split(' ')[0]),
      ['docker', 'finch'],
    )
  })

  test('architecture, name, base and digest reach the builder', async (t) => {
    const folder = fakeTools(t, ['buildah'])
    const base = 'registry.acme.test/node:26.10.0'
    const args = ['--architecture', 'x86_64', '--tag', 'acme/chat:1.2.3', '--base', base]
    const more = ['--digest', DIGEST, '--offline', ...out(folder)]
    await runCommand('image', [...args, ...more], { env: env(folder) })
    assert.equal(
      asked(folder)[0],
      `buildah build --platform=linux/amd64 --file=service/Dockerfile --tag=acme/chat:1.2.3 --build-arg NODE_IMAGE=${base} --build-arg NODE_DIGEST=${DIGEST} --pull=never .`,
    )
  })

  test('a build that fails is a failure, and lists nothing', async (t) => {
    const folder = fakeTools(t, [])
    tool(folder, 'podman', 'exit 125')
    const run = await runCommand('image', ['--env', 'prod', ...out(folder)], { env: env(folder) })
    assert.equal(run.code, 1)
    assert.match(run.stderr, /podman has ended with 125: nothing was built/)
  })

  test('where nothing builds images, the command says what would', async (t) => {
    const folder = fakeTools(t, [])
    const run = await runCommand('image', ['--env', 'prod'], { env: env(folder) })
    assert.equal(run.code, 1)
    assert.match(
      run.stderr,
      /install one of docker, podman, buildah, finch\. .*service\.image\.uri/,
    )
    const wanted = ['--env', 'prod', '--with', 'podman']
    const asking = await runCommand('image', wanted, { env: env(folder) })
    assert.match(asking.stderr, /^podman is not installed/)
  })

  test('the image: exact base, the Node of package.json, a numeric user, no shell', () => {
    const dockerfile = readFileSync('service/Dockerfile', 'utf8')
    const node = PACKAGE.parse(JSON.parse(readFileSync('node_modules/node/package.json', 'utf8')))
    assert.match(dockerfile, new RegExp(`^ARG NODE_IMAGE=node:${node.version}-[a-z]+-slim$`, 'm'))
    assert.match(dockerfile, /^ARG NODE_DIGEST=$/m)
    const [, final = ''] = dockerfile.split(/^FROM (?!--platform)/m)
    assert.match(final, /^USER 1000:1000$/m)
    assert.match(final, /^CMD \["node", "main\.js"\]$/m)
    assert.doesNotMatch(final, /^RUN /m)
  })
})

/** The list would otherwise replace a real one. */
function out(folder: string): string[] {
  return ['--bill', join(folder, 'sbom.cdx.json')]
}
