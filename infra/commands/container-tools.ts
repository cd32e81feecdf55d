import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { currentEnvironment } from '../../service/config.ts'

/** Programs that build an image from a Dockerfile, the most common first. */
export const BUILDERS = ['docker', 'podman', 'buildah', 'finch'] as const
export type Builder = (typeof BUILDERS)[number]

/** Those of them that CDK can use to publish what it builds. */
export const CDK_BUILDERS = ['docker', 'podman', 'finch'] as const satisfies readonly Builder[]

/** The first of these programs that this machine has. */
export function firstInstalled<Name extends string>(names: readonly Name[]): Name | undefined {
  return names.find((name) => isInstalled(name))
}

export function isInstalled(name: string): boolean {
  const { PATH = '', PATHEXT = '' } = currentEnvironment()
  const endings = process.platform === 'win32' ? PATHEXT.split(';') : ['']
  const folders = PATH.split(delimiter).filter((folder) => folder !== '')
  return folders.some((folder) =>
    endings.some((ending) => isExecutable(join(folder, `${name}${ending}`))),
  )
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false // not there, or not for us: the next folder may have it
  }
}
