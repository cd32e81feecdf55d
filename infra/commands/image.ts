import { config } from '../config.ts'
import { chooseEnvironment, ENV_OPTION } from './choose-environment.ts'
import { command, CommandError, say, UsageError } from './command.ts'
import { BUILDERS } from './container-tools.ts'
import { writeBillOfMaterials } from './bill-of-materials.ts'
import { buildImage, chooseBuilder, PLATFORMS } from './image-build.ts'

const HELP = `npm run image -- --env NAME [--tag NAME:VERSION]

Builds the image of the service from service/Dockerfile, for the CPU architecture of an environment,
with whichever of ${BUILDERS.join(', ')} this machine has, and lists what is in it in
dist/sbom.cdx.json (CycloneDX).

  --env NAME             the environment in infra/config.ts; its service.architecture counts
  --architecture NAME    arm64 or x86_64, instead of --env
  --tag NAME:VERSION     by default ${config.name}:local
  --base NAME:VERSION    another base image with Node
  --digest sha256:…      the digest that the base image must have
  --with PROGRAM         one of ${BUILDERS.join(', ')}
  --bill FILE            where to list what is in it, instead of dist/sbom.cdx.json
  --offline              takes the base image from this machine alone`

const spec = {
  help: HELP,
  options: {
    ...ENV_OPTION,
    architecture: { type: 'string' },
    tag: { type: 'string', default: `${config.name}:local` },
    base: { type: 'string' },
    digest: { type: 'string' },
    with: { type: 'string' },
    bill: { type: 'string', default: 'dist/sbom.cdx.json' },
    offline: { type: 'boolean', default: false },
  },
} as const

const TAG = /^[a-z0-9][\w./-]*(:\d+\/[\w./-]+)?:(?!latest$)[\w.-]{1,128}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

await command(spec, async (values) => {
  const { tag, base, digest, offline } = values
  if (!TAG.test(tag)) {
    throw new UsageError(
      `--tag must be NAME:VERSION with a version that is not latest, not "${tag}".`,
    )
  }
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw new UsageError(`--digest must be sha256: and 64 hexadecimal digits, not "${digest}".`)
  }
  const platform = platformOf(values.env, values.architecture)
  const builder = chooseBuilder(values.with)
  const code = await buildImage(builder, { platform, tag, base, digest, offline })
  if (code !== 0) {
    throw new CommandError(`${builder} has ended with ${code}: nothing was built.`)
  }
  await writeBillOfMaterials(values.bill)
  say(`Built ${tag} for ${platform} with ${builder}. What is in it: ${values.bill}`)
})

function platformOf(env: string | undefined, architecture: string | undefined): string {
  const name = architecture ?? chooseEnvironment(env).service.architecture
  const platform = PLATFORMS.get(name)
  if (platform !== undefined) return platform
  throw new UsageError(
    `There is no architecture "${name}"; allowed: ${[...PLATFORMS.keys()].join(', ')}.`,
  )
}
