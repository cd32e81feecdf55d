import type { JSX } from 'preact'
import { ownAddress } from './own-address.ts'
import type { Attachment } from '../wire/items.ts'
import { Icon } from './icons.tsx'
import { isOwn, RemoteImage } from './remote-image.tsx'

/** The files of a message: pictures as such, all others by their names. */
export function SentAttachments(props: {
  readonly attachments: readonly Attachment[]
}): JSX.Element | null {
  if (props.attachments.length === 0) return null
  return (
    <ul class="sent-attachments" aria-label="Attachments">
      {props.attachments.map((attachment) => (
        <li key={attachment.id}>
          <SentAttachment {...attachment} />
        </li>
      ))}
    </ul>
  )
}

function SentAttachment({ name, mime_type, preview_url: address }: Attachment): JSX.Element {
  const preview = address && ownAddress(address)
  if (preview !== undefined && isOwn(preview)) {
    return (
      <a class="thumbnail" href={preview} target="_blank" rel="noopener noreferrer" title={name}>
        <RemoteImage src={preview} alt={name} />
      </a>
    )
  }
  return (
    <span class="file-chip">
      <Icon name={mime_type.startsWith('image/') ? 'square-image' : 'document'} size={20} />
      <span class="file-words">
        <span class="file-name">{name}</span>
        <small>{kindOf(name, mime_type)}</small>
      </span>
    </span>
  )
}

/** What a file is, in a word: its ending, or the end of its type. */
export function kindOf(name: string, mimeType: string): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]
  return (ending ?? mimeType.split('/').at(-1) ?? 'file').toUpperCase()
}
