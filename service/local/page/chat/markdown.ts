import { Marked, type Token } from 'marked'
import { replaceMarks, takeMarks, type Citation } from './citations.ts'

/** A paragraph, list, table … of a text. `source` tells whether it changed. */
export type MarkdownBlock =
  | { readonly kind: 'prose'; readonly source: string; readonly toHtml: () => string }
  | {
      readonly kind: 'code'
      readonly source: string
      readonly text: string
      readonly language: string
    }

const LINKABLE = new Set(['http:', 'https:', 'mailto:'])
const IMAGE_IN_PLACE = /^data:image\/(?:png|jpeg|gif|webp);base64,/

const marked = new Marked({
  gfm: true,
  renderer: {
    // A model's HTML is shown, not run.
    html: ({ text }) => escapeHtml(text),
    link({ href, tokens }) {
      // A mark is a link itself, so it stands behind the link that it fell into.
      const label = takeMarks(this.parser.parseInline(tokens))
      const target = takeMarks(decoded(href))
      const marks = label.marks || target.marks
      return (isLinkable(target.text) ? anchor(target.text, label.text) : label.text) + marks
    },
    // Loading a picture tells its host what the conversation holds (the address can carry it), and
    // the author of the address is a model. So a remote picture is a link; a click decides.
    image({ href, text }) {
      if (IMAGE_IN_PLACE.test(href))
        return `<img src="${escapeHtml(href)}" alt="${escapeHtml(text)}">`
      const label = escapeHtml(text || 'Image')
      return isLinkable(href) ? anchor(href, label) : label
    },
  },
})

/**
 * Splits a text into blocks that can be drawn one by one, so that a growing answer redraws its last
 * block only. The HTML is built without trust in the text, but it is not sanitised yet.
 */
export function markdownBlocks(text: string, citations: readonly Citation[] = []): MarkdownBlock[] {
  return marked
    .lexer(text)
    .filter((token) => token.type !== 'space' && token.type !== 'def')
    .map((token) => toBlock(token, citations))
}

function toBlock(token: Token, citations: readonly Citation[]): MarkdownBlock {
  const source = token.raw
  if (token.type === 'code') {
    const { text } = takeMarks(String(token.text))
    return { kind: 'code', source, text, language: String(token.lang ?? '') }
  }
  return { kind: 'prose', source, toHtml: () => citedHtml(marked.parser([token]), citations) }
}

function citedHtml(html: string, citations: readonly Citation[]): string {
  const clean = html.replaceAll(/<[^>]*>/g, (tag) => takeMarks(tag).text)
  return replaceMarks(clean, (number) => {
    const source = citations.find((citation) => citation.number === number)?.source
    if (!source) return ''
    const label = `<span title="${escapeHtml(source.title)}">${number}</span>`
    const isLink = source.type === 'url' && isLinkable(source.url)
    return `<sup>${isLink ? anchor(source.url, label) : label}</sup>`
  })
}

/** Markdown encodes what is unusual in an address, and the marks are. */
function decoded(href: string): string {
  return href.replaceAll(/%E2%9F%A6%EE%80%80(\d+)%E2%9F%A7/gi, '\u27E6\uE000$1\u27E7')
}

/** Whether a click on this address is harmless: the web and mail, nothing that runs. */
export function isLinkable(href: string): boolean {
  return URL.canParse(href) && LINKABLE.has(new URL(href).protocol)
}

function anchor(href: string, label: string): string {
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${label}</a>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
