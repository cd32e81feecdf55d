import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface DeleteDialogProps {
  readonly name: string
  readonly onCancel: () => void
  readonly onConfirm: () => void
}

/** Asks before a conversation is deleted, because that cannot be undone. */
export function DeleteDialog({ name, onCancel, onConfirm }: DeleteDialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby="delete-title"
      onClose={onCancel}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="delete-title">Delete conversation?</h2>
      <p>
        <strong>{name}</strong> and everything in it will be gone for good.
      </p>
      <div class="row end">
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="button" class="button danger" onClick={onConfirm}>
          Delete
        </button>
      </div>
    </dialog>
  )
}
