import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback } from '../../service/local/loopback.ts'
import { startService } from '../support/service.ts'

// `HOST=0.0.0.0 npm start` is for looking at the page from a phone, and not for handing out users.
test('another machine gets no token, whatever it writes into host', async (t) => {
  const { service } = await startService(t, { hasPage: true })
  const ask = async (remoteAddress: string, host: string) => {
    const { statusCode, body } = await service.app.inject({
      method: 'POST',
      url: '/local/token',
      remoteAddress,
      headers: { host },
      payload: { user: 'alice' },
    })
    return { statusCode, body }
  }
  for (const address of ['192.0.2.7', '::ffff:192.0.2.7', 'fe80::1', '10.0.0.1', '0.0.0.0']) {
    for (const host of ['localhost', '127.0.0.1:8080', '[::1]']) {
      const { statusCode, body } = await ask(address, host)
      assert.equal(statusCode, 403, address)
      assert.match(body, /machine that the service runs on.*npm run token/)
      assert.doesNotMatch(body, /eyJ/)
    }
  }
  for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
    assert.equal((await ask(address, 'localhost')).statusCode, 200, address)
  }
  assert.equal((await ask('127.0.0.1', 'chat.example.com')).statusCode, 404)
})

test('what is no address of this machine is not its own', () => {
  for (const address of [
    '',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '128.0.0.1',
    '::2',
  ]) {
    assert.equal(isLoopback(address), false, address)
  }
})
