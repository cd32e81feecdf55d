import { spawn } from 'node:child_process'
import { CommandError, UsageError } from './command.ts'
import { type Builder, BUILDERS, firstInstalled, isInstalled } from './container-tools.ts'
import { REPOSITORY_ROOT } from '../repository-root.ts'

export interface ImageOptions {
  readonly platform: string
  readonly tag: string
  /** @default - the one that service/Dockerfile names */
  readonly base?: string | undefined
  readonly digest?: string | undefined
  /** Takes the base image from this machine alone. */
  readonly offline: boolean
}

/** What builders call the architectures of infra/config.ts. */
export const PLATFORMS: ReadonlyMap<string, string> = new Map([
  ['arm64', 'linux/arm64'],
  ['x86_64', 'linux/amd64'],
])

/** The program that was asked for, or the first that is there. */
export function chooseBuilder(asked: string | undefined): Builder {
  const builder = BUILDERS.find((name) => name === asked)
  if (asked !== undefined && !builder) {
    throw new UsageError(`"${asked}" cannot build it; one of these can: ${BUILDERS.join(', ')}.`)
  }
  if (builder && !isInstalled(builder)) {
    throw new CommandError(`${builder} is not installed, or not on the PATH.`)
  }
  const found = builder ?? firstInstalled(BUILDERS)
  if (found) return found
  throw new CommandError(
    `Nothing here builds images: install one of ${BUILDERS.join(', ')}. Without any, deploy an image that exists (service.image.uri in infra/config.ts).`,
  )
}

/** Runs the builder at this terminal; resolves to its exit code. */
export function buildImage(builder: Builder, options: ImageOptions): Promise<number> {
  const child = spawn(builder, argumentsFor(builder, options), {
    cwd: REPOSITORY_ROOT,
    stdio: 'inherit',
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}

function argumentsFor(
  builder: Builder,
  { platform, tag, base, digest, offline }: ImageOptions,
): string[] {
  const variables = [
    ...(base === undefined ? [] : [`NODE_IMAGE=${base}`]),
    ...(digest === undefined ? [] : [`NODE_DIGEST=${digest}`]),
  ]
  return [
    'build',
    `--platform=${platform}`,
    '--file=service/Dockerfile',
    `--tag=${tag}`,
    ...variables.flatMap((variable) => ['--build-arg', variable]),
    ...(offline ? [PULL_NEVER[builder]] : []),
    '.',
  ]
}

// Docker and finch never ask for an image that they have.
const PULL_NEVER = {
  docker: '--pull=false',
  finch: '--pull=false',
  podman: '--pull=never',
  buildah: '--pull=never',
} as const
