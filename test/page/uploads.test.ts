import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Uploads, UPLOADS_MAX } from '../../service/local/page/chat/uploads.ts'
import type { UploadServer } from '../../service/local/page/chat/uploads.ts'
import { eventually } from '../support/eventually.ts'

const note = (name: string) => new File(['Twelve bytes'], name, { type: 'text/plain' })

/** A server that takes everything, except for what a test has it do differently. */
function uploadsWith(different: Partial<UploadServer> = {}) {
  const deleted: string[] = []
  let count = 0
  const uploads = new Uploads({
    announceFile: (file) =>
      Promise.resolve({
        id: `atc_${(count += 1)}`,
        name: file.name,
        mime_type: file.type,
        upload_descriptor: { url: '/up', method: 'PUT', headers: {} },
      }),
    upload: () => Promise.resolve(),
    deleteAttachment: (id) => Promise.resolve(void deleted.push(id)),
    ...different,
  })
  return { uploads, deleted }
}

const phases = (uploads: Uploads) => uploads.state.value.map(({ phase }) => phase)

test('a file counts when all of it is there, and is forgotten when its message is', async () => {
  const gate = Promise.withResolvers<void>()
  const { uploads } = uploadsWith({
    upload: async (_file, _to, { onProgress }) => {
      onProgress(0.5)
      await gate.promise
    },
  })
  uploads.add([note('a.txt'), note('b.txt')])
  await eventually(() => uploads.state.value.every(({ share }) => share === 0.5))
  assert.deepEqual(uploads.readyIds(), [])
  gate.resolve()
  await eventually(() => uploads.readyIds().length === 2)
  uploads.sent(['atc_1'])
  assert.deepEqual(uploads.readyIds(), ['atc_2'])
})

test('a file that is taken away is given up, and deleted where it was known', async () => {
  const aborted: boolean[] = []
  const { uploads, deleted } = uploadsWith({
    upload: (_file, _to, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted.push(true)
          reject(new TypeError('given up'))
        })
      }),
  })
  uploads.add([note('a.txt')])
  const [upload] = await eventually(
    () => uploads.state.value[0]?.attachmentId !== undefined && uploads.state.value,
  )
  await uploads.remove(upload?.key ?? '')
  assert.deepEqual([aborted, deleted, phases(uploads)], [[true], ['atc_1'], []])
})

test('a failure stands on its file and leaves the others alone', async () => {
  const { uploads } = uploadsWith({
    upload: (file) =>
      file.name === 'bad.txt' ? Promise.reject(new TypeError('broken')) : Promise.resolve(),
  })
  uploads.add([note('bad.txt'), note('good.txt')])
  await eventually(() => phases(uploads).join(' ') === 'failed ready')
  assert.match(uploads.state.value[0]?.problem ?? '', /connection/)
})

test('what is more than a message can have is not uploaded', async () => {
  const { uploads } = uploadsWith()
  uploads.add(Array.from({ length: UPLOADS_MAX + 1 }, (_, index) => note(`${index}.txt`)))
  await eventually(() => uploads.readyIds().length === UPLOADS_MAX)
  assert.equal(uploads.state.value.at(-1)?.problem, `A message can have ${UPLOADS_MAX} files.`)
})
