/** Hostile input: for any bytes, a provider gives a result and never throws. */
import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { OutgoingRequest, Sender } from '../../src/simulator/sender.ts'
import { type Bytes, utf8 } from '../../src/platform/bytes.ts'
import type { Delivery } from '../../src/providers/shared/presented-credentials.ts'
import type { Provider } from '../../src/providers/shared/provider.ts'
import { openBody, understand } from '../../src/providers/shared/understand.ts'
import { deliveryOf, verifiedBytesOf } from './simulated-events.ts'
import { FACTS, sent } from './judge.ts'

/** Longer than a double can hold. */
const LONG_NUMBER = '12345678901234567890'

export function describeHostileInput(sender: Sender, provider: Provider): void {
  it('gives credentials or says what is missing, for any headers and bytes', async () => {
    const valid = await validRequest(sender)
    fc.assert(
      fc.property(hostileDelivery(valid), (delivery) => {
        for (const method of provider.authMethods) {
          expect(method.credentials(delivery, {})).toHaveProperty('scheme')
        }
      }),
    )
  })

  it('finds the credentials without a call for each value, for any numbers in the body', async () => {
    const valid = await validRequest(sender)
    const text = new TextDecoder().decode(valid.body)
    const body = utf8(text.replace(/^\{/, `{"n":${LONG_NUMBER},`).replace(/^\[/, `[${LONG_NUMBER},`))
    const parse = vi.spyOn(JSON, 'parse')
    try {
      for (const method of provider.authMethods) method.credentials(deliveryOf({ ...valid, body }), {})
      // A callback for each value makes parsing several times slower, and an attacker could cause it with a single number.
      expect(parse.mock.calls.filter(([, reviver]) => reviver !== undefined)).toEqual([])
    } finally {
      parse.mockRestore()
    }
  })

  it('reads or quarantines any verified body', async () => {
    const valid = await validRequest(sender)
    await fc.assert(
      fc.asyncProperty(hostileDelivery(valid), async (delivery) => {
        const body = verifiedBytesOf(delivery)
        const opened = openBody(provider, body)
        const items = opened.kind === 'items' ? opened.items : []
        const contents = await understand(provider, items, body, FACTS(provider.name))
        for (const event of contents.events) expect(event.id).toMatch(/^[0-9a-f]{44}$/)
      }),
    )
  })
}

async function validRequest(sender: Sender): Promise<OutgoingRequest> {
  return (await sent(sender)).request
}

/** The valid delivery with other or damaged bytes, and with other values in the relevant headers. */
function hostileDelivery(valid: OutgoingRequest): fc.Arbitrary<Delivery> {
  const names = [...new Set([...valid.proofHeaders, 'authorization', 'content-type', 'x-api-key'])]
  const headers = fc.dictionary(fc.constantFrom(...names), headerValue(valid), { maxKeys: names.length })
  return fc.record({ body: hostileBody(valid.body), headers }).map((made) => ({
    ...deliveryOf({ ...valid, headers: { ...valid.headers, ...made.headers } }),
    body: made.body,
  }))
}

const headerValue = (valid: OutgoingRequest): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...Object.values(valid.headers), '', ' ', ',', '=', '.', 'v1,', '9'.repeat(400)),
    fc.stringMatching(/^[\x21-\x7e]{0,80}$/),
  )

function hostileBody(valid: Uint8Array): fc.Arbitrary<Bytes> {
  const asJson = parsed(valid)
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
    fc.json().map(bytesOf),
    fc.array(fc.json(), { maxLength: 4 }).map((items) => bytesOf(`[${items.join(',')}]`)),
    damaged(valid),
    asJson === undefined ? damaged(valid) : misshapen(asJson),
  )
}

/** Some bytes overwritten, or the end cut off. */
const damaged = (valid: Uint8Array): fc.Arbitrary<Bytes> =>
  fc
    .tuple(
      fc.nat(valid.byteLength),
      fc.array(fc.tuple(fc.nat(Math.max(0, valid.byteLength - 1)), fc.nat(255)), { maxLength: 4 }),
    )
    .map(([length, changes]) => {
      const bytes = new Uint8Array(valid)
      for (const [at, byte] of changes) bytes[at] = byte
      return bytes.slice(0, changes.length === 0 ? length : bytes.byteLength)
    })

const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  '\0',
  '\ud800',
  '__proto__',
  'constructor',
  '\u202e\u001b[2J',
  '<<>>',
  [],
  [[]],
  {},
  { toString: null },
  'x'.repeat(5_000),
]

/** The valid JSON with one value anywhere in it replaced. */
const misshapen = (valid: unknown): fc.Arbitrary<Bytes> =>
  fc
    .tuple(fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), fc.constantFrom(...HOSTILE_VALUES))
    .map(([path, value]) => bytesOf(JSON.stringify(replaced(valid, path, value))))

function replaced(here: unknown, [step, ...rest]: readonly number[], value: unknown): unknown {
  if (step === undefined || typeof here !== 'object' || here === null) return value
  const keys = Object.keys(here)
  const key = keys[step % Math.max(1, keys.length)]
  if (key === undefined) return value
  const inner = replaced((here as Record<string, unknown>)[key], rest, value)
  return Array.isArray(here) ? here.with(Number(key), inner) : { ...here, [key]: inner }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

const bytesOf = (text: string): Bytes => new TextEncoder().encode(text) as Bytes
