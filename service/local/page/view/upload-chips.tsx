import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Upload, Uploads } from '../chat/uploads.ts'
import { Icon } from './icons.tsx'
import { kindOf } from './sent-attachments.tsx'

// A larger picture would be held in memory a second time, for the size of a thumb.
const THUMBNAIL_BYTES_MAX = 8 * 1024 * 1024
const KILOBYTE = 1000

interface UploadChipsProps {
  readonly uploads: Uploads
  readonly list: readonly Upload[]
}

/** The files that will go with the next message, how far they have come, and a way to drop them. */
export function UploadChips({ uploads, list }: UploadChipsProps): JSX.Element | null {
  if (list.length === 0) return null
  return (
    <ul class="upload-chips" aria-label="Attachments">
      {list.map((upload) => (
        <li key={upload.key} class="file-chip" data-phase={upload.phase}>
          <Thumbnail file={upload.file} />
          <span class="file-words">
            <span class="file-name" title={upload.file.name}>
              {upload.file.name}
            </span>
            <State upload={upload} />
          </span>
          <button
            type="button"
            class="icon-button small"
            aria-label={`Remove ${upload.file.name}`}
            title="Remove"
            onClick={() => void uploads.remove(upload.key)}
          >
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  )
}

function State({ upload }: { upload: Upload }): JSX.Element {
  const { phase, problem, share, file } = upload
  if (phase === 'failed') return <small role="alert">{problem}</small>
  if (phase === 'uploading') {
    return <progress value={share} aria-label={`Uploading ${file.name}`} />
  }
  return (
    <small>
      {kindOf(file.name, file.type)} · {sizeOf(file.size)}
    </small>
  )
}

function Thumbnail({ file }: { file: File }): JSX.Element {
  const [source, setSource] = useState<string>()
  useEffect(() => {
    if (!file.type.startsWith('image/') || file.size > THUMBNAIL_BYTES_MAX) return
    const reader = new FileReader()
    reader.addEventListener('load', () => {
      if (typeof reader.result === 'string') setSource(reader.result)
    })
    reader.readAsDataURL(file)
  }, [file])
  if (source !== undefined) return <img src={source} alt="" />
  return <Icon name={file.type.startsWith('image/') ? 'square-image' : 'document'} size={20} />
}

function sizeOf(bytes: number): string {
  if (bytes < KILOBYTE) return `${bytes} bytes`
  const kilobytes = bytes / KILOBYTE
  if (kilobytes < KILOBYTE) return `${Math.round(kilobytes)} kB`
  return `${(kilobytes / KILOBYTE).toFixed(1)} MB`
}
