import type { TargetedDragEvent } from 'preact'
import { useState } from 'preact/hooks'
import type { Uploads } from '../chat/uploads.ts'

type Dragged = TargetedDragEvent<HTMLElement>

/** Takes files that are dropped anywhere on an element. */
export function useFileDrop(uploads: Uploads) {
  const [isOver, setOver] = useState(false)
  const handlers = {
    onDragOver: (event: Dragged) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(true)
    },
    onDragLeave: (event: Dragged) => {
      // Moving on to something inside is no leaving.
      const next = event.relatedTarget
      if (!(next instanceof Node) || !event.currentTarget.contains(next)) setOver(false)
    },
    onDrop: (event: Dragged) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(false)
      uploads.add(event.dataTransfer?.files ?? [])
    },
  }
  return { isOver, handlers }
}

function hasFiles(event: Dragged): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}
