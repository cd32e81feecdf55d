import { Marked, type Token } from 'marked'

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
      const label = this.parser.parseInline(tokens)
      return isLinkable(href) ? anchor(href, label) : label
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
export function markdownBlocks(text: string): MarkdownBlock[] {
  return marked
    .lexer(text)
    .filter((token) => token.type !== 'space' && token.type !== 'def')
    .map(toBlock)
}

function toBlock(token: Token): MarkdownBlock {
  const source = token.raw
  if (token.type === 'code') {
    return { kind: 'code', source, text: String(token.text), language: String(token.lang ?? '') }
  }
  return { kind: 'prose', source, toHtml: () => marked.parser([token]) }
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
