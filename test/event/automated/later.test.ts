/** Signs of machines that events show together: for each rule a case that fits, and changes of it that do not. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Act, laterSigns } from '../../../src/event/automated/later.ts'

const AT_MS = Date.UTC(2026, 10, 25, 12)

const click = (
  nr: number,
  changes: Partial<Omit<Act, 'link'>> & { link?: object | undefined } = {},
): Act => ({
  id: `click-${nr}`,
  type: 'email.clicked',
  source: 'shop',
  messageIds: ['m1'],
  person: 'ada',
  atMs: AT_MS + nr * 900,
  ...changes,
  link: { url: `https://example.com/${nr}`, clientIp: null, domain: 'example.com', ...changes.link },
})
const delivered: Act = { ...click(0), id: 'delivered', type: 'email.delivered', atMs: AT_MS, link: undefined }
const after = (ms: number, changes: Parameters<typeof click>[1] = {}): Act =>
  click(0, { atMs: AT_MS + ms, ...changes })

const signsOf = (acts: readonly Act[]) =>
  [...laterSigns(acts)].map(([id, by]) => `${id}: ${by}`).toSorted((a, b) => (a < b ? -1 : 1))

const THREE = [click(0), click(1), click(2)]
const ALL_THREE = ['click-0: burst', 'click-1: burst', 'click-2: burst']

/** Clicks of one address for people of some domains, in turn within a minute. */
const crowd = (people: number, domains: number, spanMs = 60_000, address: string | null = '192.0.2.1') =>
  Array.from({ length: people }, (_, i) =>
    click(i, {
      messageIds: [`m${i}`],
      person: `p${i}`,
      atMs: AT_MS + Math.round((i * spanMs) / (people - 1)),
      link: { url: `https://example.com/${i}`, clientIp: address, domain: `d${i % domains}.example` },
    }),
  )

describe('a burst', () => {
  it.each<[string, readonly Act[], readonly string[]]>([
    ['of three links within two seconds', THREE, ALL_THREE],
    ['that takes longer', [click(0), click(1), click(2, { atMs: AT_MS + 2_001 })], []],
    ['that takes just two seconds', [click(0), click(1), click(2, { atMs: AT_MS + 2_000 })], ALL_THREE],
    ['of the same link', THREE.map((one) => click(0, { id: one.id, atMs: one.atMs })), []],
    ['of links that are not known', THREE.map((one) => ({ ...one, link: undefined })), []],
    ['of two links', [click(0), click(1)], []],
    ['of two messages', [click(0), click(1), click(2, { messageIds: ['m2'] })], []],
    ['of two people', [click(0), click(1), click(2, { person: 'bob' })], []],
    ['of two sources', [click(0), click(1), click(2, { source: 'news' })], []],
    ['of no message', THREE.map((one) => ({ ...one, messageIds: [] })), []],
    ['of one message under two ids', [click(0), click(1, { messageIds: ['m1', 'n1'] }), click(2, { messageIds: ['n1'] })], ALL_THREE],
    ['with an open and an unsubscribe', [...THREE, after(1_000, { id: 'open', type: 'email.opened', link: undefined }), after(500, { id: 'leave', type: 'email.unsubscribed', link: undefined })], [...ALL_THREE, 'leave: burst', 'open: burst']],
    ['and a click long after it', [...THREE, click(9, { atMs: AT_MS + 60_000 })], ALL_THREE],
  ])('%s', (_what, acts, expected) => {
    expect(signsOf(acts)).toEqual(expected)
  }) // prettier-ignore
})

describe('a click', () => {
  it.each<[string, readonly Act[], readonly string[]]>([
    ['two seconds after the delivery', [delivered, after(2_000)], ['click-0: timing']],
    ['later', [delivered, after(2_001)], []],
    ['before the delivery', [delivered, after(-60_000)], ['click-0: timing']],
    ['after the first of two deliveries', [delivered, { ...delivered, id: 'again', atMs: AT_MS + 9_000 }, after(5_000)], []],
    ['without a delivery', [after(0)], []],
    ['of another message', [delivered, after(0, { messageIds: ['m2'] })], []],
    ['of another person', [delivered, after(0, { person: 'bob' })], []],
    ['that is an open', [delivered, after(0, { type: 'email.opened' })], ['click-0: timing']],
    ['that is an unsubscribe', [delivered, after(0, { type: 'email.unsubscribed' })], ['click-0: timing']],
    ['that is a bounce', [delivered, after(0, { type: 'email.bounced' })], []],
    ['in a burst that is soon as well', [delivered, ...THREE], ALL_THREE],
  ])('%s', (_what, acts, expected) => {
    expect(signsOf(acts)).toEqual(expected)
  }) // prettier-ignore
})

describe('one address', () => {
  it.each<[string, readonly Act[], number]>([
    ['that clicks for ten people of three domains in a minute', crowd(10, 3), 10],
    ['that clicks for twelve', crowd(12, 3), 12],
    ['that takes longer', crowd(10, 3, 60_010), 0],
    ['for nine people', crowd(9, 3), 0],
    ['for people of two domains', crowd(10, 2), 0],
    ['that is not known', crowd(10, 3, 60_000, null), 0],
    ['of each', crowd(10, 3).map((one, i) => ({ ...one, link: { url: '', domain: '', ...one.link, clientIp: `192.0.2.${i}` } })), 0],
    ['that opens', crowd(10, 3).map((one) => ({ ...one, type: 'email.opened' as const })), 0],
  ])('%s', (_what, acts, count) => {
    expect(signsOf(acts)).toHaveLength(count)
  }) // prettier-ignore
})

it('the order of arrival does not matter', () => {
  const acts = [delivered, ...THREE, click(7), after(-5, { id: 'soon', person: 'bob' }), ...crowd(11, 4)]
  const expected = signsOf(acts)
  fc.assert(
    fc.property(fc.shuffledSubarray(acts, { minLength: acts.length }), (some) => {
      expect(signsOf(some)).toEqual(expected)
    }),
  )
})

it('a hundred thousand clicks of one address and message take a moment', () => {
  const acts = Array.from({ length: 100_000 }, (_, i) =>
    click(i, { atMs: AT_MS + (i % 1_000), person: `p${i % 7}`, link: { clientIp: '192.0.2.1' } }),
  )
  expect(laterSigns(acts).size).toBe(100_000)
})
