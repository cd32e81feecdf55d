import type { ApplicationEvent } from './events.ts'
import { storableJson } from './text.ts'
import { widgetUpdates } from './widget-diff.ts'
import { findNode, isGrowing } from './widget-tree.ts'
import { untypedWidget, WidgetJson } from './widgets.ts'
import type { WidgetRoot } from './widgets.ts'

/** What all events about one widget have in common. */
export interface NewWidgetItem {
  readonly id: string
  readonly thread_id: string
  readonly created_at: string
  readonly type: 'widget'
  readonly copy_text?: string
}

/**
 * The events that show a widget going through its states: it is added with the first, updated with
 * each that differs from the one before, and done with the last. Without a state there is no event.
 *
 * When the states fail, so do the events, and the widget is left on display, not done.
 */
export async function* widgetEvents(
  states: AsyncIterable<WidgetRoot>,
  item: NewWidgetItem,
): AsyncGenerator<ApplicationEvent> {
  let shown: WidgetJson | undefined
  for await (const state of states) {
    // A copy, since the application may go on with its own object; compared as the wire has it.
    const next = WidgetJson.parse(storableJson(state))
    if (!shown) yield { type: 'thread.item.added', item: { ...item, widget: next } }
    for (const update of shown ? widgetUpdates(shown, next) : []) {
      yield { type: 'thread.item.updated', item_id: item.id, update }
    }
    shown = next
  }
  if (shown) yield { type: 'thread.item.done', item: { ...item, widget: shown } }
}

/**
 * The states of a widget while text flows into one of its components: the Text or Markdown with the
 * given id, after the text it has. It is `streaming` until the text has ended.
 *
 *     await chat.showWidget(growingText(card, 'summary', chunks))
 */
export async function* growingText(
  widget: WidgetRoot,
  componentId: string,
  text: AsyncIterable<string>,
): AsyncGenerator<WidgetRoot> {
  const json = untypedWidget(widget)
  const component = findNode(json, componentId)
  if (!component || !isGrowing(component)) {
    throw new TypeError(
      `Only a Text or a Markdown with the id "${componentId}" can grow, and the widget has none.`,
    )
  }
  component['streaming'] = true
  yield untypedWidget(json)
  for await (const piece of text) {
    component.value += piece
    if (piece !== '') yield untypedWidget(json)
  }
  component['streaming'] = false
  yield untypedWidget(json)
}
