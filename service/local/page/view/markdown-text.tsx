import DOMPurify from 'dompurify'
import type { JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { Citation } from '../chat/citations.ts'
import { markdownBlocks, type MarkdownBlock } from '../chat/markdown.ts'
import { Icon } from './icons.tsx'

// prettier-ignore
const TAGS = [
  'a', 'blockquote', 'br', 'code', 'del', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'img',
  'input', 'li', 'ol', 'p', 'pre', 'span', 'strong', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
]
// prettier-ignore
const ATTRIBUTES = [
  'align', 'alt', 'checked', 'disabled', 'href', 'rel', 'src', 'start', 'target', 'title', 'type',
]

interface MarkdownTextProps {
  readonly text: string
  /** What the marks in the text stand for; see `withMarks`. */
  readonly citations?: readonly Citation[]
}

/**
 * Text of a model, drawn block by block. Only what a document needs survives: no styles, no code.
 */
export function MarkdownText({ text, citations }: MarkdownTextProps): JSX.Element {
  const blocks = useMemo(() => markdownBlocks(text, citations), [text, citations?.length])
  return (
    <div class="prose">
      {blocks.map((block, index) =>
        // A growing text only ever changes its last block, so the place of a block identifies it.
        block.kind === 'code' ? <Code key={index} {...block} /> : <Prose key={index} {...block} />,
      )}
    </div>
  )
}

function Prose({ source, toHtml }: Extract<MarkdownBlock, { kind: 'prose' }>): JSX.Element {
  const html = useMemo(() => sanitize(toHtml()), [source])
  return <div class="prose-block" dangerouslySetInnerHTML={{ __html: html }} />
}

function Code({ text, language }: Extract<MarkdownBlock, { kind: 'code' }>): JSX.Element {
  return (
    <div class="code">
      <div class="code-head">
        <span>{language || 'text'}</span>
        <CopyButton label="Copy code" text={text} />
      </div>
      <pre tabIndex={0} aria-label={`Code, ${language || 'plain text'}`}>
        <code>{text}</code>
      </pre>
    </div>
  )
}

// How long a button says that it copied.
const COPIED_MS = 1500

/** Puts a text on the clipboard, and says so for a moment. */
export function CopyButton({ label, text }: { label: string; text: string }): JSX.Element {
  const [copied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), COPIED_MS)
  }
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      onClick={() => void copy()}
    >
      <Icon name={copied ? 'check' : 'copy'} size={16} />
    </button>
  )
}

function sanitize(html: string): string {
  // Without a real document DOMPurify hands its input back as it is.
  if (!DOMPurify.isSupported) throw new Error('This browser cannot sanitise HTML.')
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  })
}
