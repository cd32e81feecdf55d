import type { Agent, AgentInputItem } from '@openai/agents'
import type { Annotation } from './annotations.ts'
import type {
  ActionScene,
  Chat,
  ChatAction,
  ChatAudio,
  ChatFeedback,
  ChatUser,
  Transcript,
} from './chat.ts'
import type {
  Attachment,
  ThreadItem,
  ThreadItemInput,
  UserMessageItem,
  WidgetItem,
} from './items.ts'
import type { TaskInput, WorkflowInput } from './tasks.ts'
import type { UserContent } from './user-message-input.ts'

/**
 * A chat in which agents answer. Tools get it as their run context.
 *
 * A workflow is a list of steps that the user can unfold. At most one is open at a time: what the
 * model thinks goes into it, and the next visible item ends it.
 */
export interface AgentChat extends Chat {
  /**
   * Lets an agent answer: what it says and does is shown as it happens. Its input is the
   * conversation so far, or what is given.
   */
  answerWith(agent: Agent<AgentChat>, options?: AnswerOptions): Promise<void>
  /** Opens a workflow. One without tasks appears with its first, or else when it ends. */
  startWorkflow(workflow: WorkflowInput): Promise<void>
  /** Adds a step to the open workflow; opens one if there is none. */
  addTask(task: TaskInput): Promise<void>
  /** Puts a step of the open workflow in the place of an earlier one, counted from 0. */
  updateTask(index: number, task: TaskInput): Promise<void>
  /** Ends the open workflow, if there is one. Its summary is how long it took unless given. */
  endWorkflow(options?: Pick<WorkflowInput, 'summary' | 'expanded'>): Promise<void>
}

/** What an agent answers, and for how long. */
export interface AnswerOptions {
  /** @default the conversation so far */
  readonly input?: readonly AgentInputItem[]
  /** Calls of the model, at most: each round of tools needs one. @default 20 */
  readonly turnsMax?: number
}

/** The content of one message to the model. */
export type ModelContent = Exclude<
  Extract<AgentInputItem, { role: 'user' }>['content'],
  string
>[number]

/** An image that the model makes, or an early stage of it. */
export interface ModelImage {
  readonly id: string
  readonly base64: string
  /** Such as `image/png`. */
  readonly mimeType: string
  /** Counted from 0; undefined for the finished image. */
  readonly partialIndex: number | undefined
}

type InputTag = Extract<UserContent, { type: 'input_tag' }>

/** How conversations become the model's input, and what the model says becomes events. */
export interface Converters {
  /** What the model is told of a mention, beside its text. @default nothing */
  readonly tag: (tag: InputTag, chat: Chat) => Promise<ModelContent | undefined>
  /**
   * What the model is told of an attachment of the user's last five messages; of older ones, and of
   * what is gone or was refused by the model, it is told the name.
   *
   * @default images and PDF as such, the beginning of texts, and the name of everything else
   */
  readonly attachment: (attachment: Attachment, chat: Chat) => Promise<ModelContent>
  /** The model's input for one item of the conversation; undefined leaves it to the default. */
  readonly item: (item: ThreadItem, chat: Chat) => Promise<readonly AgentInputItem[] | undefined>
  /**
   * The address of an image that the model makes. The conversation has it for as long as it lives.
   *
   * @default the image is kept where attachments are, see `Chat.keepImage`; else a `data:` URL
   */
  readonly imageUrl: (image: ModelImage, chat: Chat) => Promise<string>
  /** How many stages of an image to expect, for its progress. @default 0: unknown */
  readonly partialImages: number
  /**
   * What is shown of the provider's annotation, unless it leads to another address than one of the
   * web. @default web pages and files, others are not
   */
  readonly annotation: (upstream: unknown) => Annotation | undefined
  /** Whether calls of tools that the provider hosts are shown as steps. @default true */
  readonly hostedTools: boolean
}

/** Everything that a team decides: `service/agent/` exports one of these. */
export interface Author {
  /** See `ChatApplication.respond`. */
  respond(chat: AgentChat, message: UserMessageItem | undefined): Promise<void>
  /** See `ChatApplication.action`. */
  action?(chat: AgentChat, action: ChatAction, sender: WidgetItem | undefined): Promise<void>
  syncAction?(
    scene: ActionScene,
    action: ChatAction,
    sender: WidgetItem | undefined,
  ): Promise<ThreadItemInput | undefined>
  onFeedback?(feedback: ChatFeedback, user: ChatUser): Promise<void>
  /** @default the provider's model for speech, where a key is set */
  transcribe?(audio: ChatAudio, user: ChatUser): Promise<string | Transcript>
  readonly converters?: Partial<Converters>
}
