import type { JSX } from 'preact'
import { isLinkable } from '../chat/markdown.ts'
import type { Source } from '../wire/items.ts'
import { Icon } from './icons.tsx'

/** What an answer or a step refers to, each source once. */
export function Sources({ sources }: { sources: readonly Source[] }): JSX.Element | null {
  const once = new Map(sources.map((source) => [JSON.stringify(source), source]))
  if (once.size === 0) return null
  return (
    <ul class="sources" aria-label="Sources">
      {[...once].map(([key, source]) => (
        <li key={key}>
          <SourceChip source={source} />
        </li>
      ))}
    </ul>
  )
}

function SourceChip({ source }: { source: Source }): JSX.Element {
  if (source.type === 'url' && isLinkable(source.url)) {
    return (
      <a class="chip" href={source.url} target="_blank" rel="noopener noreferrer">
        <Icon name="globe" size={14} />
        {source.title || new URL(source.url).host}
      </a>
    )
  }
  const name = source.type === 'file' ? source.filename : source.title
  return (
    <span class="chip">
      <Icon name={source.type === 'file' ? 'document' : 'info'} size={14} />
      {source.title || name}
    </span>
  )
}
