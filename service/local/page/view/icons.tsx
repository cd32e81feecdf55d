import type { JSX } from 'preact'
import { filledIcons, iconPaths, type IconName } from './icon-paths.ts'

export type { IconName } from './icon-paths.ts'

/**
 * The drawing for a name of the protocol. A name of another set (`lucide:`, `vendor:`) has one if
 * this page happens to draw the same thing, and a neutral mark otherwise. Unknown names have none.
 */
export function iconNamed(name: string | undefined): IconName | undefined {
  if (name === undefined) return undefined
  const bare = name.replace(/^(?:lucide|vendor):/, '')
  if (isIconName(bare)) return bare
  return bare === name ? undefined : 'neutral'
}

/** A picture beside words, or inside a button that has a label. It says nothing by itself. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg
      class={filledIcons.has(name) ? 'icon filled' : 'icon'}
      viewBox="0 0 24 24"
      width={size}
      height={size}
      aria-hidden="true"
    >
      <path d={iconPaths[name]} />
    </svg>
  )
}

function isIconName(name: string): name is IconName {
  return Object.hasOwn(iconPaths, name)
}
