import type { JSX } from 'preact'
import type { Citation } from '../chat/citations.ts'
import { isLinkable } from '../chat/markdown.ts'
import type { Source } from '../wire/items.ts'
import { Icon, iconNamed, type IconName } from './icons.tsx'

interface SourcesProps {
  readonly citations: readonly Citation[]
  /** Whether the text has marks with the numbers. */
  readonly numbered?: boolean
}

/** What an answer or a step refers to. */
export function Sources({ citations, numbered = false }: SourcesProps): JSX.Element | null {
  if (citations.length === 0) return null
  return (
    <ul class="sources" aria-label="Sources">
      {citations.map(({ number, source }) => (
        <li key={number}>
          <SourceChip source={source} number={numbered ? number : undefined} />
        </li>
      ))}
    </ul>
  )
}

interface SourceChipProps {
  readonly source: Source
  readonly number: number | undefined
}

function SourceChip({ source, number }: SourceChipProps): JSX.Element {
  const words = (
    <>
      {number === undefined ? (
        <Icon name={iconFor(source)} size={14} />
      ) : (
        <span class="source-number">{number}</span>
      )}
      <span class="chip-text">{nameOf(source)}</span>
      {detailOf(source) && <small>{detailOf(source)}</small>}
    </>
  )
  const title = [source.title, source.description, source.timestamp].filter(Boolean).join('\n')
  if (source.type === 'url' && isLinkable(source.url)) {
    return (
      <a class="chip" href={source.url} title={title} target="_blank" rel="noopener noreferrer">
        {words}
      </a>
    )
  }
  return (
    <span class="chip" title={title}>
      {words}
    </span>
  )
}

function iconFor(source: Source): IconName {
  if (source.type === 'entity') return iconNamed(source.icon) ?? 'cube'
  return source.type === 'file' ? 'document' : 'globe'
}

function nameOf(source: Source): string {
  if (source.type === 'url') return source.title || hostOf(source.url)
  if (source.type === 'file') return source.title || source.filename
  return source.label ?? (source.title || source.id)
}

/** What tells a source from others of its name. */
function detailOf(source: Source): string | undefined {
  if (source.type === 'url') return source.title ? (source.attribution ?? hostOf(source.url)) : ''
  if (source.type === 'file') return source.filename === nameOf(source) ? '' : source.filename
  return source.group
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host.replace(/^www\./, '') : url
}
