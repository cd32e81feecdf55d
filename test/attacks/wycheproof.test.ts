import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { encode, signText, validClaims } from '../support/forged-token.ts'
import { sendRaw } from '../support/raw-http.ts'
import { JWT_SECRET, startService } from '../support/service.ts'

// The test vectors of Project Wycheproof, https://github.com/C2SP/wycheproof.

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'wycheproof')
const FILE = join(FOLDER, 'json_web_signature_test.json')

const Vectors = z.object({
  testGroups: z.array(
    z
      .object({
        private: z.object({
          kty: z.string(),
          alg: z.string().optional(),
          k: z.string().optional(),
        }),
        tests: z.array(
          z.object({
            tcId: z.int(),
            comment: z.string(),
            jws: z.unknown(),
            result: z.enum(['valid', 'invalid', 'acceptable']),
          }),
        ),
      })
      .or(z.object({ public: z.unknown() })),
  ),
})

interface Vector {
  readonly name: string
  readonly jws: string
  readonly isValid: boolean
  readonly key: Buffer
}

// Called valid there, since a lenient decoder passes over the character. Here it is a second
// spelling of a token.
const STRICTER = /InvalidCharacterInserted(InHeader|InPayload)$/

function readVectors(): Vector[] {
  const { testGroups } = Vectors.parse(JSON.parse(readFileSync(FILE, 'utf8')))
  return testGroups.flatMap((group) => {
    if (!('private' in group) || group.private.alg !== 'HS256') return []
    const key = Buffer.from(group.private.k ?? '', 'base64url')
    return group.tests.map(({ tcId, comment, jws, result }) => ({
      name: `${tcId} ${comment}`,
      jws: typeof jws === 'string' ? jws : JSON.stringify(jws),
      isValid: result === 'valid' && !STRICTER.test(comment),
      key,
    }))
  })
}

/**
 * The vector with claims of ours in the place of its payload, signed with our key where it is
 * signed with its own: what is left of it is the way in which it is written.
 */
function toOurs({ jws, key, isValid }: Vector): string {
  const [header = '', payload = '', signature = '', ...rest] = jws.split('.')
  const isSigned =
    signature === createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url')
  const claims = encode(validClaims())
  const known = ['Zm9v', 'VGVzdA'].find((part) => payload.includes(part))
  const ours = known ? payload.replace(known, claims) : isValid ? claims : payload
  const signed = signText(`${header}.${ours}`, JWT_SECRET)
  if (isSigned) return [signed, ...rest].join('.')
  // A signature with something in between keeps that, around one that would be right without it.
  const spoiled = signature.replace(/[\w-]{43}/, signed.split('.')[2] ?? '')
  return /^[\w-]{43}$/.test(signature) ? jws : [header, ours, spoiled, ...rest].join('.')
}

test(
  'tokens in all the spellings of Wycheproof’s signatures: the valid ones pass, no other does',
  { skip: existsSync(FILE) ? false : `there are no vectors in ${FOLDER}` },
  async (t) => {
    const service = await startService(t)
    const vectors = readVectors()
    assert.ok(vectors.length > 30)
    const valid = new Set(vectors.filter((vector) => vector.isValid).map((vector) => vector.jws))
    const body = JSON.stringify({ type: 'threads.list', params: {} })
    for (const vector of vectors) {
      // Two are the same to the letter as one that is valid.
      if (!vector.isValid && valid.has(vector.jws)) continue
      const headers = [
        ['content-type', 'application/json'],
        ['authorization', `Bearer ${toOurs(vector)}`],
      ] as const
      const { status } = await sendRaw(service.url, { headers, body })
      assert.equal(status, vector.isValid ? 200 : 401, vector.name)
    }
    assert.ok(valid.size >= 5 && valid.size < vectors.length / 3)
  },
)
