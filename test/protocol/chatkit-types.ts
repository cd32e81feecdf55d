import type {
  Attachment as TheirAttachment,
  ChatKitIcon,
  Entity,
  ToolChoice,
  UserMessageContent,
} from '@openai/chatkit'
// Its own way to export these, `Widgets`, is one that TypeScript does not follow for ES modules.
import type * as Widgets from '../../node_modules/@openai/chatkit/types/widgets.d.ts'
import type { z } from 'zod'
import type { EntitySource } from '../../service/protocol/annotations.ts'
import type { IconName } from '../../service/protocol/icons.ts'
import type { Attachment, UserMessageItem } from '../../service/protocol/items.ts'
import type {
  ListViewItem,
  TableCell,
  TableRow,
  UntypedComponent,
  WidgetComponent,
} from '../../service/protocol/widget-components.ts'
import type { Basic, Card, ListView } from '../../service/protocol/widgets.ts'

// What we send against the types of the client, @openai/chatkit 1.9.0: `tsc` is the test. It fails
// when either side gains, loses or changes something, so that a new version of theirs is looked at.

/** Compiles only when the claim is true. What cannot be resolved is `any`, which proves nothing. */
type Holds<Claim extends true> = Claim
type IsAny<Type> = 0 extends 1 & Type ? true : false
type Same<Left, Right> = [IsAny<Left>, IsAny<Right>] extends [false, false]
  ? [Left] extends [Right]
    ? [Right] extends [Left]
      ? true
      : false
    : false
  : false
type Accepts<To, From> = [IsAny<To>, IsAny<From>] extends [false, false]
  ? [From] extends [never]
    ? false
    : [From] extends [To]
      ? true
      : false
  : false
/** Their properties and lists are not readonly. */
type Mutable<Type> = Type extends object
  ? { -readonly [Key in keyof Type]: Mutable<Type[Key]> }
  : Type

// Icons. The client draws by prefix what its types leave out, and each of its two lists lacks a
// name that the other has.
type BuiltIn = Exclude<IconName, `${string}:${string}`>
export type IconsOfWidgets = Holds<Same<Exclude<BuiltIn, 'clock'>, Widgets.WidgetIcon>>
export type IconsElsewhere = Holds<Same<Exclude<BuiltIn, 'dot'> | `lucide:${string}`, ChatKitIcon>>

// Widgets, one component at a time and without what is inside it: that is another component.
type Typed<Type> = Type extends UntypedComponent ? never : Type
type OurNode =
  Typed<WidgetComponent> | ListViewItem | TableRow | TableCell | Card | ListView | Basic
type TheirNode = Widgets.WidgetComponent | Widgets.WidgetRoot | Widgets.ListViewItem
type Name = TheirNode['type']

// The client draws charts, though its types have none.
export type Names = Holds<Same<OurNode['type'], Name | 'Chart'>>

/**
 * What the client takes beyond its types; without these, ours and theirs have the same properties.
 */
type Beyond<Of extends Name> = Of extends 'Image' ? 'background' | 'flex' : never
type Ours<Of extends Name> = Omit<Mutable<Extract<OurNode, { type: Of }>>, 'children' | Beyond<Of>>
type Theirs<Of extends Name> = Omit<Extract<TheirNode, { type: Of }>, 'children'>
type NameOfDifferent<Of extends Name> = Of extends Name
  ? Same<keyof Ours<Of>, keyof Theirs<Of>> extends true
    ? never
    : Of
  : never
export type SameProperties = Holds<Same<NameOfDifferent<Name>, never>>

/** Ours with icons as the types of the client have them. */
type Drawn<Type> = Type extends IconName
  ? Extract<Type, Widgets.WidgetIcon>
  : Type extends object
    ? { [Key in keyof Type]: Drawn<Type[Key]> }
    : Type
type NameOfRefused<Of extends Name> = Of extends Name
  ? Accepts<Theirs<Of>, Drawn<Ours<Of>>> extends true
    ? never
    : Of
  : never
export type AllAccepted = Holds<Same<NameOfRefused<Name>, never>>

// In the other direction only the actions differ: ours say more, with values of their own.
type NameOfNarrower<Of extends Name> = Of extends Name
  ? Accepts<Ours<Of>, Theirs<Of>> extends true
    ? never
    : Of
  : never
export type NothingMissing = Holds<Same<NameOfNarrower<Name>, never>>

// Messages; the client exports no types of threads, items and events as a whole. An image has its
// `preview_url` whenever the client reads it.
type Sent<Type extends { type: string }> = Type extends { type: 'image' }
  ? Omit<Type, 'preview_url'> & { preview_url: string }
  : Type
export type Attachments = Holds<Accepts<TheirAttachment, Sent<Attachment>>>
export type Content = Holds<Accepts<UserMessageContent, UserMessageItem['content'][number]>>
type OurTag = Extract<UserMessageItem['content'][number], { type: 'input_tag' }>
type TheirTag = Extract<UserMessageContent, { type: 'input_tag' }>
export type TagProperties = Holds<Same<keyof OurTag, keyof TheirTag>>
type Chosen = NonNullable<UserMessageItem['inference_options']['tool_choice']>
export type Choice = Holds<Same<Chosen, ToolChoice>>

// Sources that are entities; the client passes their `data` on as it is, and types it as texts.
type OurEntity = z.output<typeof EntitySource>
export type Entities = Holds<Accepts<Omit<Entity, 'data'>, Omit<OurEntity, 'data'>>>
export type EntityProperties = Holds<Accepts<keyof OurEntity, keyof Entity>>
