import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, toBase64, toBase64Url, toHex, utf8 } from '../../src/platform/bytes.ts'
import { addressesIn, peopleIn } from '../../src/store/named-people.ts'
import { normalAddress } from '../../src/store/people.ts'
import { emptyStore } from '../support/store.ts'

const ADA = 'ada@example.com'

const finds = (body: Uint8Array | string, address = ADA): boolean =>
  addressesIn(body).addresses.has(normalAddress(address))

const escapedHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('@', '&#64;')
const hexOf = (text: string) => toHex(utf8(text)).toUpperCase().replaceAll(/../g, '=$&')
const quoted = (text: string) =>
  text.replaceAll(/[^\t\n -<>-?A-~]/gu, hexOf).replaceAll(/(?:=[0-9A-F]{2}|[^]){60}/g, '$&=\r\n')
const unicode = (text: string) =>
  JSON.stringify(text).replaceAll(/[@<>/]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
const inLines = (text: string) => toBase64(utf8(text)).replaceAll(/.{60}/g, '$&\r\n')

const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  'percent-encoding': encodeURIComponent,
  'a form': (text) => new URLSearchParams({ to: text, other: 'a b' }).toString(),
  JSON: (text) => JSON.stringify({ to: text }),
  'JSON with escapes': unicode,
  HTML: escapedHtml,
  'quoted-printable': quoted,
  base64: (text) => toBase64(utf8(text)),
  'base64 in lines': inLines,
  base64url: (text) => `https://example.net/c/${toBase64Url(utf8(text))}/x`,
}

describe('whom a body names', () => {
  it.each<[string, string | Uint8Array]>([
    ['bare', ADA],
    ['in any case', 'Ada@EXAMPLE.com'],
    ['in brackets', 'Ada Lovelace <ada@example.com>'],
    ['in a sentence', 'No such user: ada@example.com.'],
    ['in quotes', `{'ada@example.com': 1}`],
    ['in a list', 'bob@example.com,ada@example.com;eve@example.com'],
    ['in a link', 'https://example.net/?to=ada@example.com&x=1'],
    ['in a diagnosis in a form', 'error=550+5.1.1+The+account+ada%40example.com+does+not+exist'],
    ['behind a line break in JSON', '"Hello\\nada@example.com\\n"'],
    ['in a key that comes twice', '{"to":"ada@example.com","to":"bob@example.com"}'],
    ['in JSON that is cut off', '{"to":"ada@example.com'],
    ['in a return path', 'bounces+4711-ada=example.com@esp.example'],
    ['in a return path with its tag', 'prvs=1234abcd=ada@example.com'],
    ['with a full-width sign', 'ada＠example.com'],
    ['with an entity', 'ada&commat;example&period;com'],
    ['doubly encoded', 'x=ada%2540example.com'],
    ['in five encodings', 'x=ada%2525252540example.com'],
    ['in a header', '=?utf-8?B?YWRhQGV4YW1wbGUuY29t?='],
    ['in UTF-16', new Uint8Array([...utf8(ADA)].flatMap((byte) => [byte, 0]))],
    ['beside bytes that are no text', concat([new Uint8Array([0xff, 0, 0xfe, 0x20]), ADA])],
  ])('finds an address %s', (_where, body) => {
    expect(finds(body)).toBe(true)
  })

  it.each([
    ['a domain with umlauts', 'ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['its ASCII form', 'ada@xn--bcher-kva.example', 'ada@bücher.example'],
    ['a tag', 'x ada+news@example.com y', 'ada+news@example.com'],
    ['a tag in a form', 'to=ada%2Bnews%40example.com', 'ada+news@example.com'],
    ['an apostrophe', `o'ada@example.com`, `o'ada@example.com`],
    ['a number in place of a domain', 'ada@[192.0.2.1]', 'ada@[192.0.2.1]'],
    ['letters in Latin-1', new Uint8Array([0x6a, 0xf6, 0x40, 0x78, 0x2e, 0x65]), 'jö@x.e'],
  ])('finds an address with %s', (_what, body, address) => {
    expect(finds(body, address)).toBe(true)
  })

  it.each([
    ['another mailbox', 'lada@example.com'],
    ['another domain', 'ada@example.com.example.net'],
    ['a tag', 'ada+news@example.com'],
    ['what a tag is added to', 'bounce+ada@example.com'],
    ['a part of a name', `o'ada@example.com`],
    ['no sign', 'ada at example.com'],
  ])('does not take %s for an address', (_what, body) => {
    expect(finds(body)).toBe(false)
  })

  it('finds an address in encodings inside of each other, amid other text', () => {
    const address = fc
      .tuple(
        fc.stringMatching(/^[a-z][a-z0-9._+-]{0,20}[a-z0-9]$/),
        fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]\.(?:com|example|co\.uk)$/),
      )
      .map((parts) => parts.join('@'))
    const amid = fc
      .string({ maxLength: 40, unit: 'binary' })
      .map((text) => text.toWellFormed().replaceAll('\0', ''))
    const encodings = fc.array(fc.constantFrom(...Object.keys(ENCODINGS)), { maxLength: 3 })
    fc.assert(
      fc.property(address, amid, amid, encodings, (one, before, after, names) => {
        const text = `${before} <${one}> ${after}`
        const encoded = names.reduce((inner, name) => ENCODINGS[name]?.(inner) ?? inner, text)
        expect(finds(utf8(encoded), one), encoded).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  it('ends in bounded time, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(addressesIn(bytes).isWhole).toBe(true)
      }),
    )
    for (const piece of ['@', 'a@', 'a@b.io,', '%25', '=40', '\\\\', '&amp;', 'QUJD', 'a@b=c@'])
      addressesIn(piece.repeat(50_000))
    // A regular expression would overflow the stack.
    addressesIn('x'.repeat(10_000_000))
  })

  it.each([
    ['many addresses', Array.from({ length: 12_000 }, (_, i) => `a${i}@example.com`).join(' '), 3_000],
    ['short addresses', Array.from({ length: 1_000 }, (_, i) => `${i}@b`).join(' '), 150],
    ['one address, often', 'a@b.io,'.repeat(50_000), 1],
    [
      'parts of addresses',
      Array.from({ length: 9_000 }, (_, i) => `a=${i}&b=c=d=${i}@e.io`).join(' '),
      3_000,
    ],
  ])('says so if there is too much of %s to list, and lists the first ones', async (_what, text, most) => {
    const store = await emptyStore()
    let hashed = 0
    const people = {
      ...store.people,
      indexOf: (address: string) => (hashed++, store.people.indexOf(address)),
    }
    const listed = toHex(await peopleIn({ people }, { texts: [text] }))
    expect(addressesIn(text).isWhole).toBe(false)
    expect(listed.slice(0, 2)).toBe('01')
    // Of an assertion on the whole text, a failure would take minutes to print.
    expect(listed.includes(await store.people.indexOf(/\w+@[\w.]+/.exec(text)?.[0] ?? ''))).toBe(true)
    expect(hashed).toBeLessThanOrEqual(most)
  })

  it('lists all of an ordinary body of two megabytes', () => {
    const events = Array.from({ length: 3_000 }, (_, i) => ({
      email: `user${i % 2_000}@example.com`,
      reason: `550 5.1.1 The account user${i % 2_000}@example.com does not exist \\n https://example.net/?a=%20${'x'.repeat(500)}`,
    }))
    expect(addressesIn(utf8(JSON.stringify(events)))).toMatchObject({ isWhole: true })
  })

  it('lists people by their blind index, each once', async () => {
    const store = await emptyStore()
    const texts = ['ada@example.com, Ada@example.com', utf8('bob@example.com')]
    const people = await peopleIn(store, { texts, addresses: ['ADA@example.com'] })
    const indexes = await Promise.all(['ada@example.com', 'bob@example.com'].map(store.people.indexOf))
    expect(toHex(people)).toBe(indexes.join(''))
  })
})
