import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { redacted } from '../../src/platform/redacted.ts'
import { thorough } from '../support/thorough.ts'

it.each<[string, unknown, unknown]>([
  ['texts, numbers and what is neither', { email: 'ada@example.com', n: 12, ok: true, none: null }, { email: 'text(15)', n: 'number', ok: 'boolean', none: 'null' }],
  ['nothing but a text', 'ada@example.com', 'text(15)'],
  ['what is no JSON', undefined, 'undefined'],
  ['the first two of a list', { to: ['a@b.example', 'c@d.example', 'e@f.example'] }, { to: ['text(11)', 'text(11)', '1 more'] }],
  ['keys of programs and headers', { smtp_code: 1, 'smtp-id': 1, $message: 1, 'o:tag': 1, eventType: 1 }, { smtp_code: 'number', 'smtp-id': 'number', $message: 'number', 'o:tag': 'number', eventType: 'number' }],
  ['a key that is an address', { 'ada@example.com': 'x' }, { 'key(15) 1': 'text(1)' }],
  ['a key that is a secret', { sk_live_51H8abcXYZ: 'x' }, { 'key(18) 1': 'text(1)' }],
  ['keys that are alike', { 'a@b.example': 1, 'c@d.example': 1 }, { 'key(11) 1': 'number', 'key(11) 2': 'number' }],
  ['a key with a value of the payload in it', { name: 'Ada', seats: { ada: 1, grace: 1 } }, { name: 'text(3)', seats: { 'key(3) 1': 'number', grace: 'number' } }],
  ['no name below metadata', { metadata: { ada_lovelace: 1, email: { 'ada-lovelace-example-com': 1 } }, rcpt_meta: { ada: 1 }, 'user-variables': { ada: 1 }, customArgs: { ada: 1 }, tags: [{ ada: 1 }], event_data: { ada: 1 } }, { metadata: { 'key(12) 1': 'number', 'key(5) 2': { 'key(24) 1': 'number' } }, rcpt_meta: { 'key(3) 1': 'number' }, 'user-variables': { 'key(3) 1': 'number' }, customArgs: { 'key(3) 1': 'number' }, tags: [{ 'key(3) 1': 'number' }], event_data: { ada: 'number' } }],
  ['a common name that is a value, too', { object: 'email', email: { object: 'recipient' } }, { object: 'text(5)', email: { object: 'text(9)' } }],
  ['no more than six levels', { a: { b: { c: { d: { e: { f: { g: 1 } } } } } } }, { a: { b: { c: { d: { e: { f: { '…': '1 more' } } } } } } }],
])('shows %s', (_, payload, shown) => {
  expect(JSON.parse(redacted(payload))).toEqual(shown)
}) // prettier-ignore

const texts = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 3 }),
  fc.emailAddress(),
  fc.uuid(),
  fc.constantFrom(
    'Ada',
    'ada',
    'hunter2',
    'toString',
    '__proto__',
    'recipient_name',
    'ada@example.com',
    '5551234567',
  ),
)
const hostile = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'large', maxDepth: 12 },
    texts,
    fc.double().map((number) => number * 1e6),
    fc.constantFrom(true, null),
    fc.array(tie('value'), { maxLength: 12 }),
    fc.dictionary(fc.oneof(texts, fc.constantFrom('name', 'to', 'my_field')), tie('value'), { maxKeys: 12 }),
  ),
})).value

/** Notation of the example, by which a value is not betrayed. */
const NOTATION = /"(?:text\(\d+\)|key\(\d+\) \d+|number|boolean|null|undefined|…|\d+ more)"/g

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

it('holds no value of three characters or more, and no address, and is small, whatever a body is', () => {
  fc.assert(
    fc.property(hostile, (payload) => {
      const example = redacted(payload)
      const rest = example.replaceAll(NOTATION, '""').toLowerCase()
      for (const value of textsIn(payload))
        if (value.length >= 3) expect(rest).not.toContain(JSON.stringify(value).slice(1, -1).toLowerCase())
      expect(rest).not.toContain('@')
      expect(example.length).toBeLessThan(1_500)
      expect(typeof JSON.parse(example)).not.toBe('undefined')
    }),
    { numRuns: thorough(200, 50) },
  )
})

it.each<[string, unknown]>([
  ['a hundred thousand keys', Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}@example.com`, i]))],
  ['a hundred thousand items', Array.from({ length: 100_000 }, () => 'ada@example.com')],
  ['a text of a megabyte', { text: 'x'.repeat(1_000_000) }],
  ['more values than keys are compared with', { ...Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`f${i}`, 'v'])), lovelace: 'lovelace' }],
])('stays small for %s', (_, payload) => {
  expect(redacted(payload).length).toBeLessThan(1_500)
  expect(redacted(payload)).not.toContain('lovelace')
}) // prettier-ignore
