import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import type { Uploads } from '../chat/uploads.ts'
import { Icon } from './icons.tsx'

interface AttachButtonProps {
  readonly uploads: Uploads
  readonly disabled: boolean
}

/** Lets the user choose files for the next message; they are uploaded at once. */
export function AttachButton({ uploads, disabled }: AttachButtonProps): JSX.Element {
  const picker = useRef<HTMLInputElement>(null)
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Attach files"
        title="Attach files"
        disabled={disabled}
        onClick={() => picker.current?.click()}
      >
        <Icon name="paperclip" />
      </button>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          uploads.add(event.currentTarget.files ?? [])
          // The same file can be chosen again, for example after it was removed.
          event.currentTarget.value = ''
        }}
      />
    </>
  )
}
