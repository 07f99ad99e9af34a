import { expect, it } from 'vitest'
import { Examples } from '../../src/gateway/examples.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import type { Defect } from '../../src/providers/shared/defects.ts'

const NOW_MS = 1_800_000_000_000
const MINUTE_MS = 60_000

const defect = (
  lack: Defect['lack'],
  type = 'bounce',
  item: unknown = { email: 'ada@example.com' },
): Defect => ({ lack, type, item, count: 1 })

it.each<[string, readonly (readonly [source: string, defects: readonly Defect[], afterMs: number])[], readonly (string | undefined)[]]>([
  ['one a minute for a source', [['shop', [defect('time')], 0], ['shop', [defect('form')], MINUTE_MS - 1], ['news', [defect('form')], 0], ['shop', [defect('form')], 1]], ['time bounce', undefined, 'form bounce', 'form bounce']],
  ['one of a kind in ten minutes', [['shop', [defect('time')], 0], ['shop', [defect('time')], 9 * MINUTE_MS], ['shop', [defect('time', 'open')], 0], ['shop', [defect('time')], MINUTE_MS]], ['time bounce', undefined, 'time open', 'time bounce']],
  ['the gravest first', [['shop', [defect('type'), defect('person'), defect('recipient')], 0]], ['person bounce']],
  ['whose turn it is', [['shop', [defect('person'), defect('time')], 0], ['shop', [defect('person'), defect('time')], MINUTE_MS]], ['person bounce', 'time bounce']],
  ['also after the clock was set back', [['shop', [defect('time')], 0], ['shop', [defect('time')], -20 * MINUTE_MS]], ['time bounce', 'time bounce']],
])('makes %s', (_, steps, shown) => {
  const examples = new Examples()
  let nowMs = NOW_MS
  const made = steps.map(([source, defects, afterMs]) => {
    nowMs += afterMs
    const one = examples.of(source, defects, nowMs)
    return one && `${one.defect.lack} ${one.defect.type}`
  })
  expect(made).toEqual(shown)
}) // prettier-ignore

it.each<[string, unknown, string]>([
  ['an item', { email: 'ada@example.com' }, '{"email":"text(15)"}'],
  ['a body of JSON that could not be opened', utf8('{"email":"ada@example.com"}'), '{"email":"text(15)"}'],
  ['a body of anything else', utf8('email=ada@example.com'), '"text(21)"'],
  ['a body that is no text', new Uint8Array([0xff, 0xfe]), '"undefined"'],
])('shows %s', (_, item, example) => {
  expect(new Examples().of('shop', [defect('form', '', item)], NOW_MS)?.example).toBe(example)
})

it('remembers some sources and kinds, however many there are', () => {
  const examples = new Examples()
  const made = (i: number) => examples.of(`source-${i}`, [defect('time')], NOW_MS)
  for (let i = 0; i < 5_000; i += 1) made(i)
  expect([made(4_999), made(0)?.example]).toEqual([undefined, '{"email":"text(15)"}'])
})
