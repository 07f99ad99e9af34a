import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/platform/bytes.ts'
import { genericSource, newGateway, putSource } from '../support/gateway.ts'
import { NOW_SECONDS, SECRET, delivered, signGeneric } from '../support/generic.ts'

const NAME = 'hostile'

async function sourceWithGateway() {
  await genericSource({}, NAME)
  return newGateway()
}

const event = (change: string) => JSON.stringify(delivered('m-1')).replace('"m-1"', change)
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

/** Authentic bytes that make little sense, and what becomes of them: events and quarantined items. */
const AUTHENTIC: readonly (readonly [string, string | Uint8Array, number, number])[] = [
  ['an empty body', '', 0, 1],
  ['not JSON', '<html>', 0, 1],
  ['invalid UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d), 0, 1],
  ['a byte order mark', utf8(`\uFEFF${event('"m-1"')}`), 0, 1],
  ['nesting a million deep', nested(400_000), 0, 1],
  ['nesting past the limit inside an event', event(nested(65)), 0, 1],
  ['a number past every double', event('1e400'), 0, 1],
  ['null', 'null', 0, 1],
  ['a list of nothing', '[null, 1, "x", [], {}]', 0, 5],
  ['an empty list', '[]', 0, 0],
  ['wrong types everywhere', '{"event_type": 7, "timestamp": [], "data": "x"}', 0, 1],
  ['duplicate keys: the last one counts', event('"m-0", "message_id": "m-1"'), 1, 0],
  ['a key named __proto__', event('"m-1", "__proto__": {"polluted": true}'), 1, 0],
  ['a key named constructor', event('"m-1", "constructor": {"prototype": {"polluted": true}}'), 1, 0],
  ['a lone surrogate', event('"m-\\ud800"'), 1, 0],
  ['a NUL', event('"m-\\u0000"'), 1, 0],
]

describe('authentic bytes that are hard to read', () => {
  it.each(AUTHENTIC)('%s: are answered 200 and kept', async (_what, body, accepted, quarantined) => {
    const gateway = await sourceWithGateway()
    const signed = await signGeneric(body)
    const response = await gateway.fetch(`/hooks/${NAME}`, signed)
    expect(response.status).toBe(200)
    const receipt = await response.json<{ accepted: number; duplicates: number; quarantined: number }>()
    // A body of another test may be the same bytes; then it is a copy.
    if (receipt.duplicates === 0) expect(receipt).toMatchObject({ accepted, quarantined })
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

const POSTMARK = { username: 'postmark', password: 'password-of-a-test-0123456789' }
const BASIC = `Basic ${btoa(`${POSTMARK.username}:${POSTMARK.password}`)}`

/** Sends a body with the right credential, which proves no bytes, or with a free signature over the body alone. */
async function sendWithCredential(body: string) {
  await putSource({ provider: 'postmark', secrets: { basic_auth: POSTMARK } }, 'credential')
  const gateway = newGateway()
  const headers = { 'content-type': 'application/json', authorization: BASIC }
  return { gateway, response: await gateway.fetch('/hooks/credential', { method: 'POST', headers, body }) }
}

describe('a body that only a credential came with', () => {
  it.each([
    ['an object that was cut off', '{"RecordType": "Bounce", "ID": 42'],
    ['a list where an object was expected', '[{"RecordType": "Delivery", "MessageID": "m-1"}]'],
    ['nesting without end', '['.repeat(1_000)],
    ['an object with white space before', ' \t\r\n{"RecordType": '],
  ])('%s: is kept whole', async (_what, body) => {
    const { gateway, response } = await sendWithCredential(body)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ accepted: 0, quarantined: 1 })
    expect(await gateway.queue.contents()).toMatchObject([
      { quarantined: [{ problem: 'body_unreadable', item: false }] },
    ])
  })

  it.each([
    ['a page of a proxy', '<html>'],
    ['nothing', ''],
    ['white space', ' '],
    ['a text', '"Bounce"'],
  ])('%s: is refused, because it is no JSON of events', async (_what, body) => {
    const { gateway, response } = await sendWithCredential(body)
    expect(response.status).toBe(403)
    expect(gateway.queue.envelopes).toHaveLength(0)
  })
})

describe('a body that a free signature covers', () => {
  it.each([
    ['alone', '{body}', '<html>'],
    ['behind its time', '{timestamp}.{body}', 'event=bounce'],
    ['in front of its time', '{body}:{timestamp}', ''],
  ])('%s: is kept whole if it is no JSON', async (what, signed, body) => {
    const signature = { algorithm: 'hmac-sha256', header: 'x-sign', encoding: 'hex', signed }
    const timed = signed.includes('{timestamp}') ? { timestampHeader: 'x-time' } : {}
    const document = { provider: 'generic', secrets: { hmac: SECRET }, signature: { ...signature, ...timed } }
    const name = `free-${what.replaceAll(' ', '-')}`
    await putSource(document, name)
    const gateway = newGateway()
    const time = String(NOW_SECONDS)
    const text = signed.replace('{timestamp}', time).replace('{body}', body)
    const headers = {
      'content-type': 'application/json',
      'x-time': time,
      'x-sign': createHmac('sha256', SECRET).update(text).digest('hex'),
    }
    const response = await gateway.fetch(`/hooks/${name}`, { method: 'POST', headers, body })
    expect(await response.json()).toMatchObject({ accepted: 0, quarantined: 1 })
    expect(await gateway.queue.contents()).toMatchObject([{ quarantined: [{ problem: 'body_unreadable' }] }])
  })
})

const stream = (chunk: Uint8Array, chunks: number) => {
  let left = chunks
  return new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
  })
}

const gzip = (bytes: Uint8Array) =>
  new Response(new Response(bytes).body?.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()

describe('bytes that are refused', () => {
  const json = { 'content-type': 'application/json' }
  // Without these a body is not read at all.
  const forged = { ...json, 'x-webhook-signature': `sha256=${'00'.repeat(32)}` }
  it.each([
    ['a body over the limit', async () => ({ headers: forged, body: new Uint8Array(1_048_577) }), 413],
    [
      'a chunked body without end',
      async () => ({ headers: forged, body: stream(new Uint8Array(65_536), 100_000) }),
      413,
    ],
    [
      'a gzip bomb',
      async () => ({
        headers: { ...forged, 'content-encoding': 'gzip' },
        body: await gzip(new Uint8Array(32 * 1_048_576)),
      }),
      413,
    ],
    [
      'what is not gzip',
      async () => ({ headers: { ...forged, 'content-encoding': 'gzip' }, body: 'plain' }),
      400,
    ],
    [
      'an encoding that is not used',
      async () => ({ headers: { ...json, 'content-encoding': 'br' }, body: 'x' }),
      415,
    ],
    [
      'a content type that is not used',
      async () => ({ headers: { 'content-type': 'image/png' }, body: 'x' }),
      415,
    ],
    ['an unsigned delivery', async () => ({ headers: json, body: JSON.stringify(delivered('m-1')) }), 401],
  ])('%s: gets its status, and nothing is queued', async (_what, request, status) => {
    const gateway = await sourceWithGateway()
    const response = await gateway.fetch(`/hooks/${NAME}`, { method: 'POST', ...(await request()) })
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(gateway.queue.envelopes).toHaveLength(0)
  })
})

describe('any bytes under any headers', () => {
  it('never get a 5xx, and are never queued unsigned', async () => {
    const gateway = await sourceWithGateway()
    const headerNames = fc.constantFrom(
      'x-webhook-signature',
      'x-webhook-timestamp',
      'content-type',
      'content-encoding',
      'authorization',
      'x-api-key',
      'cf-connecting-ip',
    )
    const headerValue = fc.string({
      unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
      maxLength: 200,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(headerNames, headerValue),
        fc.uint8Array({ maxLength: 300 }),
        async (headers, body) => {
          const response = await gateway.fetch(`/hooks/${NAME}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body: Uint8Array.from(body),
          })
          expect(response.status).toBeGreaterThanOrEqual(400)
          expect(response.status).toBeLessThan(500)
        },
      ),
      { numRuns: 300 },
    )
    expect(gateway.queue.envelopes).toHaveLength(0)
  })
})
