import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { failureOf } from '../chat/failure.ts'
import { record, type Recording } from './recorder.ts'
import { Icon } from './icons.tsx'

interface DictationProps {
  readonly transcribe: (audioBase64: string, mimeType: string) => Promise<string>
  readonly onText: (text: string) => void
  readonly onProblem: (words: string | undefined) => void
}

type Phase = 'idle' | 'recording' | 'writing'

const labels: Readonly<Record<Phase, string>> = {
  idle: 'Dictate',
  recording: 'Stop dictating',
  writing: 'Writing what was said',
}

/** A button to speak instead of typing: the first press begins, the second brings the text. */
export function Dictation(props: DictationProps): JSX.Element {
  const { transcribe, onText, onProblem } = props
  const [phase, setPhase] = useState<Phase>('idle')
  const recording = useRef<Recording | undefined>(undefined)
  // A page that is left must not go on listening.
  useEffect(() => () => void recording.current?.stop(), [])
  const finish = async (): Promise<void> => {
    const current = recording.current
    recording.current = undefined
    if (!current) return
    setPhase('writing')
    try {
      const { audioBase64, mimeType } = await current.stop()
      const text = (await transcribe(audioBase64, mimeType)).trim()
      if (text === '') onProblem('Nothing was understood.')
      else onText(text)
    } catch (error) {
      onProblem(failureOf(error).message)
    }
    setPhase('idle')
  }
  const begin = async (): Promise<void> => {
    onProblem(undefined)
    try {
      recording.current = await record(() => void finish())
      setPhase('recording')
    } catch {
      onProblem('The microphone cannot be used. The browser may have been told not to allow it.')
    }
  }
  return (
    <button
      type="button"
      class="icon-button dictation"
      data-phase={phase}
      aria-label={labels[phase]}
      title={labels[phase]}
      disabled={phase === 'writing'}
      onClick={() => void (phase === 'recording' ? finish() : begin())}
    >
      {phase === 'writing' ? (
        <span class="spinner" />
      ) : (
        <Icon name={phase === 'recording' ? 'stop' : 'microphone'} />
      )}
    </button>
  )
}
