import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../../src/platform/bytes.ts'
import { PROVIDERS } from '../../src/providers/index.ts'
import type { VerifiedBytes, Provider } from '../../src/providers/shared/provider.ts'
import { QUARANTINED_ITEMS_MAX, keptContentType } from '../../src/providers/shared/quarantine.ts'
import { sendgrid } from '../../src/providers/sendgrid.ts'
import { formFields } from '../../src/providers/shared/forms.ts'
import { understand } from '../../src/providers/shared/understand.ts'
import { deliveryFacts } from '../support/mail-events.ts'

const verified = (body: string, change: Partial<VerifiedBytes> = {}): VerifiedBytes => ({
  bytes: utf8(body),
  contentType: 'application/json',
  query: new URLSearchParams(),
  verifiedHeaders: new Map(),
  ...change,
})

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

describe('the content type that is kept', () => {
  it.each<[string, string | null, string | null]>([
    ['none', null, null],
    ['a media type', 'application/json', 'application/json'],
    ['one in capitals, with space', ' Application/JSON ', 'application/json'],
    ['parameters', 'application/json; charset=utf-8; x=1', 'application/json'],
    ['a long parameter', `application/json; x=${'a'.repeat(30_000)}`, 'application/json'],
    ['a boundary', 'multipart/form-data; boundary=b1; x=2', 'multipart/form-data; boundary="b1"'],
    ['a quoted one', 'multipart/form-data; x=1; boundary="b 1;2"', 'multipart/form-data; boundary="b 1;2"'],
    ['one too long', `multipart/form-data; boundary=${'b'.repeat(71)}`, 'multipart/form-data'],
    ['a boundary of no form', 'application/json; boundary=b1', 'application/json'],
    ['a media type of 255 characters', `a/${'b'.repeat(127)}`, `a/${'b'.repeat(127)}`],
    ['a longer one', `a/${'b'.repeat(128)}`, null],
    ['a longer one before a boundary', `multipart/${'b'.repeat(30_000)}; boundary=b1`, null],
    ['no media type', 'json', null],
    ['addresses', 'ada@example.com/x', null],
    ['nothing', '', null],
  ])('of %s', (_what, header, kept) => {
    expect(keptContentType(header)).toBe(kept)
    expect(keptContentType(kept)).toBe(kept)
  })

  it('parses a form like the whole header does', () => {
    const part = fc.constantFrom('multipart/form-data', ';', ' ', 'boundary=', '"', 'b1', 'x=1', 'BOUNDARY=b1', '\t')
    const header = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))
    const body = utf8('--b1\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b1--')
    fc.assert(
      fc.property(header, (type) => {
        expect(formFields(body, keptContentType(type))).toEqual(formFields(body, type))
      }),
      { numRuns: 1_000, examples: [['multipart/form-data; x=1; BOUNDARY="b1"']] },
    )
  }) // prettier-ignore
})

describe('unreadable items', () => {
  it.each(PROVIDERS.map((provider) => [provider.name, provider] as const))(
    'of %s are one record if there are many',
    async (_name, provider) => {
      const body = verified('[]')
      const { events, quarantined } = await understand(provider, numbers(20_000), body, deliveryFacts())
      expect(events).toEqual([])
      expect(quarantined.map(({ item }) => item)).toEqual([false])
    },
  )

  it('are also one record if each makes the provider throw', async () => {
    const throwing: Provider = {
      ...sendgrid,
      read() {
        throw new TypeError('a mistake of ours')
      },
    }
    const { quarantined } = await understand(throwing, numbers(5_000), verified('[]'), deliveryFacts())
    expect(quarantined).toHaveLength(1)
  })

  it.each<[string, number, Partial<VerifiedBytes>, number]>([
    ['few, with little around them', 10, {}, 10],
    ['few, with a long query', 10, { query: new URLSearchParams({ a: 'x'.repeat(8_000) }) }, 1],
    ['few, with a long header', 10, { verifiedHeaders: new Map([['webhook-id', 'x'.repeat(8_000)]]) }, 1],
    ['few, with a long content type', 10, { contentType: `text/plain; x=${'x'.repeat(8_000)}` }, 10],
    ['as many as may be, and small', QUARANTINED_ITEMS_MAX, {}, 1],
  ])('are stored one by one if that is small: %s', async (_what, count, around, records) => {
    const items = numbers(count)
    const body = verified(JSON.stringify(items), around)
    const { quarantined } = await understand(sendgrid, items, body, deliveryFacts())
    expect(quarantined).toHaveLength(records)
  })
})
