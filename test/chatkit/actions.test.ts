import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { ChatError } from '../../service/protocol/chat.ts'
import type { ChatAction, ChatApplication } from '../../service/protocol/chat.ts'
import type { ThreadItem, WidgetItem } from '../../service/protocol/items.ts'
import { input } from '../support/chat-client.ts'
import type { ChatClient } from '../support/chat-client.ts'
import { sayWhole } from '../support/scripted-application.ts'
import { alice, startService } from '../support/service.ts'

const card = (value: string) => ({ type: 'Card', children: [{ type: 'Text', value }] }) as const

/** Shows a widget; an action with it is counted, and changes it. */
function counting() {
  const actions: ChatAction[] = []
  const application: ChatApplication = {
    respond: async (chat) => {
      await sayWhole(chat, 'Here is one.')
      await chat.showWidget(card('0'))
    },
    action: async (chat, action, sender) => {
      actions.push(action)
      if (action.type === 'lock') chat.thread.status = { type: 'locked', reason: 'Enough.' }
      if (sender) {
        const widget = card(String(actions.length))
        await chat.send({ type: 'thread.item.replaced', item: { ...sender, widget } })
      }
    },
    syncAction: async (scene, action, sender) => {
      actions.push(action)
      if (action.type === 'refuse') throw new ChatError('The kitchen is closed.')
      if (action.type === 'hide') return hidden(scene.thread.id)
      const changed = sender && { ...sender, widget: card('at once') }
      if (changed) await scene.save(changed)
      scene.thread.title = 'Changed at once'
      return changed
    },
  }
  return { actions, application }
}

function hidden(threadId: string) {
  const createdAt = new Date().toISOString()
  const base = { id: 'shcx_1', thread_id: threadId, created_at: createdAt }
  return { ...base, type: 'hidden_context_item' as const, content: 'secret' }
}

async function withWidget(t: TestContext, { application } = counting()) {
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Show me')
  return { service, client, threadId, widget: await widgetOf(client, threadId) }
}

async function widgetOf(client: ChatClient, threadId: string): Promise<WidgetItem> {
  const { data } = await client.listItems(threadId)
  const widget = data.find((item) => item.type === 'widget')
  assert.ok(widget)
  return widget
}

// A client repeats a request whose answer it did not get; the button was pressed once.
test('an action that is sent again, to another process, is done once', async (t) => {
  const { actions, application } = counting()
  const { service, client, threadId, widget } = await withWidget(t, { actions, application })
  const options = { replacements: { application }, databaseUrl: service.databaseUrl }
  const elsewhere = await (await startService(t, options)).as(alice)
  const params = { thread_id: threadId, item_id: widget.id, action: { type: 'add' } }
  const headers = { 'idempotency-key': 'press-1' }
  const first = await client.hear(client.stream('threads.custom_action', params, { headers }))
  const again = await client.hear(elsewhere.stream('threads.custom_action', params, { headers }))
  assert.deepEqual(again.events, first.events)
  assert.equal(actions.length, 1)
  assert.deepEqual((await widgetOf(client, threadId)).widget, card('1'))
})

test('without a key too, as long as nobody has heard the answer; pressed twice it is done twice', async (t) => {
  const { actions, application } = counting()
  const { client, threadId, widget } = await withWidget(t, { actions, application })
  const params = { thread_id: threadId, item_id: widget.id, action: { type: 'add' } }
  await client.hear(client.stream('threads.custom_action', params))
  await client.hear(client.stream('threads.custom_action', params))
  assert.equal(actions.length, 2)
})

test('an action of something that is no widget is refused before it begins', async (t) => {
  const { actions, application } = counting()
  const { client, threadId } = await withWidget(t, { actions, application })
  const { data } = await client.listItems(threadId)
  for (const item of data.filter(({ type }) => type !== 'widget')) {
    const params = { thread_id: threadId, item_id: item.id, action: { type: 'add' } }
    const { events } = await client.hear(client.stream('threads.custom_action', params))
    assert.deepEqual(events, [refusal('Only widgets have actions.')])
    assert.equal((await client.post('threads.sync_custom_action', params)).status, 422)
  }
  assert.equal(actions.length, 0)
})

test('a locked conversation takes no actions, and says why', async (t) => {
  const { actions, application } = counting()
  const { client, threadId } = await withWidget(t, { actions, application })
  const params = { thread_id: threadId, action: { type: 'lock' } }
  await client.hear(client.stream('threads.custom_action', params))
  const { events } = await client.hear(client.stream('threads.custom_action', params))
  assert.deepEqual(events, [refusal('This conversation takes no more messages. Enough.')])
  assert.equal((await client.post('threads.sync_custom_action', params)).status, 409)
  assert.equal(actions.length, 1)
})

test('an action is answered at once while an answer is being written', async (t) => {
  const { actions, application } = counting()
  const release = Promise.withResolvers<void>()
  const { client, threadId, widget } = await withWidget(t, {
    actions,
    application: {
      ...application,
      respond: async (chat, message) => {
        await application.respond(chat, message)
        if ((await chat.history(10)).length > 3) await release.promise
      },
    },
  })
  const more = { thread_id: threadId, input: input('Another') }
  const stream = client.stream('threads.add_user_message', more)
  await stream.next()
  const params = { thread_id: threadId, item_id: widget.id, action: { type: 'now' } }
  const reply = await client.post<{ updated_item: ThreadItem }>(
    'threads.sync_custom_action',
    params,
  )
  assert.deepEqual(reply.body.updated_item, { ...widget, widget: card('at once') })
  release.resolve()
  await client.hear(stream)
  assert.equal((await client.getThread(threadId)).title, 'Changed at once')
  const { data } = await client.listItems(threadId, { order: 'asc' })
  assert.deepEqual(
    data.find(({ id }) => id === widget.id),
    reply.body.updated_item,
  )
})

test('what an application refuses is told in its words; what is hidden stays hidden', async (t) => {
  const { client, threadId } = await withWidget(t)
  const send = (type: string) =>
    client.post<{ message?: string }>('threads.sync_custom_action', {
      thread_id: threadId,
      action: { type },
    })
  const refused = await send('refuse')
  assert.equal(refused.status, 422)
  assert.equal(refused.body.message, 'This cannot be done. The kitchen is closed.')
  assert.equal((await send('hide')).text, '{}')
})

test('an application that cannot use a recording or an opinion says why, too', async (t) => {
  const application: ChatApplication = {
    respond: (chat) => chat.say('Hello'),
    transcribe: () => Promise.reject(new ChatError('Speak a little longer.')),
    onFeedback: () => Promise.reject(new ChatError('Opinions are closed.')),
  }
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const speech = { audio_base64: 'AAAA', mime_type: 'audio/webm' }
  const spoken = await client.post<{ message?: string }>('input.transcribe', speech)
  assert.equal(spoken.status, 422)
  assert.equal(spoken.body.message, 'This cannot be done. Speak a little longer.')
  const opinion = { thread_id: threadId, item_ids: [], kind: 'positive' }
  const said = await client.post<{ message?: string }>('items.feedback', opinion)
  assert.equal(said.status, 422)
  assert.equal(said.body.message, 'This cannot be done. Opinions are closed.')
})

test('an action at once does not bring back a widget that was taken back meanwhile', async (t) => {
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const { application } = counting()
  const { client, threadId, widget } = await withWidget(t, {
    actions: [],
    application: {
      ...application,
      syncAction: async (scene, _action, sender) => {
        begun.resolve()
        await release.promise
        if (sender) await scene.save(sender)
        return sender
      },
    },
  })
  const { data } = await client.listItems(threadId, { order: 'asc' })
  const params = { thread_id: threadId, item_id: widget.id, action: { type: 'now' } }
  const reply = client.post('threads.sync_custom_action', params)
  await begun.promise
  await client.retry(threadId, data[0]?.id ?? '')
  release.resolve()
  assert.equal((await reply).status, 404)
  const ids = (await client.listItems(threadId)).data.map(({ id }) => id)
  assert.ok(!ids.includes(widget.id))
})

test('an application without actions does not invite another try', async (t) => {
  const application: ChatApplication = { respond: (chat) => chat.say('Hello') }
  const service = await startService(t, { replacements: { application } })
  const client = await service.as(alice)
  const { threadId } = await client.say('Hi')
  const params = { thread_id: threadId, action: { type: 'poke' } }
  const { events } = await client.hear(client.stream('threads.custom_action', params))
  assert.deepEqual(events.at(-1), refusal('This server does not offer this operation.'))
  const reply = await client.post<{ code: string }>('threads.sync_custom_action', params)
  assert.equal(reply.body.code, 'operation_not_offered')
})

function refusal(message: string) {
  return { type: 'error', code: 'custom', message, allow_retry: false }
}
