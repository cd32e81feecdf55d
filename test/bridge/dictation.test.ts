import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { UpstreamStep } from '../support/upstream.ts'
import { alice, startService } from '../support/service.ts'
import { startUpstream } from '../support/upstream.ts'

const speech = {
  audio_base64: Buffer.from('spoken').toString('base64'),
  mime_type: 'audio/webm;codecs=opus',
}

async function dictate(t: TestContext, steps: readonly UpstreamStep[]) {
  const upstream = await startUpstream(t, [steps])
  const service = await startService(t, {
    environment: {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: upstream.url,
      OPENAI_TRANSCRIPTION_MODEL: 'hears-well',
    },
  })
  const client = await service.as(alice)
  return { upstream, reply: await client.post<{ text?: string }>('input.transcribe', speech) }
}

test('what is spoken comes back as text, from the model for it', async (t) => {
  const { upstream, reply } = await dictate(t, [{ $status: 200, body: { text: 'Good morning' } }])
  assert.equal(reply.status, 200)
  assert.deepEqual(reply.body, { text: 'Good morning' })
  const [call] = upstream.calls
  assert.equal(call?.path, '/v1/audio/transcriptions')
  assert.equal(call?.authorization, 'Bearer sk-test')
  assert.match(call?.text ?? '', /hears-well/)
  assert.match(
    call?.text ?? '',
    /filename="speech\.webm"\r\nContent-Type: audio\/webm\r\n\r\nspoken/,
  )
})

test('when it cannot be understood, the reason of the provider stays inside', async (t) => {
  const failure = { error: { message: 'SECRET key of org-1', code: 'server_error' } }
  const { upstream, reply } = await dictate(t, [{ $status: 500, body: failure }])
  assert.equal(reply.status, 502)
  assert.match(reply.text, /model_unavailable/)
  assert.ok(!reply.text.includes('SECRET'))
  assert.equal(upstream.calls.length, 2, 'it is tried once more')
})

// A mistake of the caller must not count as a failure of the service.
test('a recording that the provider cannot read is refused, with what is allowed', async (t) => {
  const failure = { error: { message: 'SECRET: corrupted', code: 'invalid_value' } }
  const { upstream, reply } = await dictate(t, [{ $status: 400, body: failure }])
  assert.equal(reply.status, 400)
  assert.match(reply.text, /recording could not be read.*WebM/)
  assert.ok(!reply.text.includes('SECRET'))
  assert.equal(upstream.calls.length, 1)
})

test('a key that the provider does not take is no fault of the user', async (t) => {
  const { reply } = await dictate(t, [{ $status: 401, body: { error: { message: 'SECRET' } } }])
  assert.equal(reply.status, 502)
})

test('without a key there is no dictation', async (t) => {
  const service = await startService(t)
  const reply = await (await service.as(alice)).post('input.transcribe', speech)
  assert.equal(reply.status, 400)
})
