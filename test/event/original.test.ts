/** Items of ESPs, compressed to travel with their events. */
import { expect, it } from 'vitest'
import {
  ORIGINAL_MAX_BYTES,
  compressed,
  inflated,
  inflatedBase64,
} from '../../src/event/original/original.ts'
import { fromBase64 } from '../../src/platform/bytes.ts'

const ADA = 'ada@example.com'

const ITEM = {
  email: ADA,
  event: 'delivered',
  response: '250 2.0.0 OK  1733047200 a1b2c3',
  sg_event_id: 'ZGVsaXZlcmVkLTAtMTIzNA',
  sg_message_id: 'abc.recvd-5b-1.0',
  'smtp-id': '<abc@geopod-ismtpd-1>',
  timestamp: 1_733_047_200,
}

it.each<[string, unknown]>([
  ['an object', ITEM],
  ['a list', [ITEM, ITEM]],
  ['a text', 'wörter 🙂 \u0000'],
  ['null', null],
  ['an empty object', {}],
  ['control characters and lone surrogates', { a: '\u0001\u001b\ud800"\\' }],
])('%s comes back as it was', (_what, item) => {
  const text = inflatedBase64(compressed(item) ?? '')
  expect(text).toBe(JSON.stringify(item))
})

it('takes half of the bytes of an item that is like those of a known ESP', () => {
  const bytes = fromBase64(compressed(ITEM) ?? '')
  expect(bytes?.byteLength).toBeLessThan(JSON.stringify(ITEM).length / 2)
})

it.each<[string, unknown, boolean]>([
  ['as large as allowed', 'x'.repeat(ORIGINAL_MAX_BYTES - 2), true],
  ['a byte larger', 'x'.repeat(ORIGINAL_MAX_BYTES - 1), false],
  ['few characters of many bytes', '€'.repeat(11_000), false],
])('an item %s is kept: %#', (_what, item, isKept) => {
  expect(compressed(item) !== undefined).toBe(isKept)
})

it.each<[string, Uint8Array]>([
  ['nothing', new Uint8Array()],
  ['of a later version', Uint8Array.of(2, 1, 2, 3)],
  ['damaged', Uint8Array.of(1, 255, 255, 255)],
  ['cut off', (fromBase64(compressed(ITEM) ?? '') ?? new Uint8Array()).slice(0, 20)],
])('bytes that are %s give nothing', (_what, bytes) => {
  expect(inflated(bytes)).toBeUndefined()
})

it('bytes that grow past the bound give nothing', async () => {
  const { deflateRawSync } = await import('node:zlib')
  const bomb = deflateRawSync(new Uint8Array(10_000_000))
  const bytes = new Uint8Array(bomb.byteLength + 1)
  bytes[0] = 1
  bytes.set(bomb, 1)
  expect(inflated(bytes)).toBeUndefined()
})
