import type { AgentInputItem } from '@openai/agents'
import type { ModelContent } from '../protocol/author.ts'

type UserInput = Extract<AgentInputItem, { role: 'user' }>

/** Whether the model is to see images or files, which it may refuse. */
export function hasFiles(input: readonly AgentInputItem[]): boolean {
  return input.some((item) => isUserInput(item) && partsOf(item).some(isFile))
}

/** The same, with words in the place of images and files. */
export function withoutFiles(input: readonly AgentInputItem[]): AgentInputItem[] {
  return input.map((item) =>
    isUserInput(item) && partsOf(item).some(isFile)
      ? { ...item, content: partsOf(item).map((part) => (isFile(part) ? LEFT_OUT : part)) }
      : item,
  )
}

const LEFT_OUT: ModelContent = {
  type: 'input_text',
  text: '[an image or a file, which could not be read]',
}

function isUserInput(item: AgentInputItem): item is UserInput {
  return 'role' in item && item.role === 'user'
}

function partsOf({ content }: UserInput): readonly ModelContent[] {
  return typeof content === 'string' ? [] : content
}

function isFile({ type }: ModelContent): boolean {
  return type === 'input_image' || type === 'input_file'
}
