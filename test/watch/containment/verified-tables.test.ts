/** Memory of verified networks: nothing is ever missing, and a flood costs its neighbors only. */
import { expect, it } from 'vitest'
import { VerifiedTables } from '../../../src/watch/containment/verified-tables.ts'
import { verdictOn } from '../../../src/watch/containment/verified-networks.ts'
import { parseNetwork } from '../../../src/platform/network.ts'
import { inObject } from '../../support/objects.ts'

const START = 29_000_040
const DAY = 1_440

const within = (work: (tables: VerifiedTables) => void): Promise<void> =>
  inObject(({ storage }) => work(new VerifiedTables(storage)))

const of = (source: string, ...networks: string[]) => new Map([[source, new Set(networks)]])

/** Networks that are verified by the present content of the tables, read once. */
function verifiedIn(tables: VerifiedTables, since: number): (network: string) => boolean {
  const networks = [...tables.since(since).networks].flatMap((text) => parseNetwork(text) ?? [])
  return (network) => {
    const parsed = parseNetwork(network)
    if (parsed === undefined) throw new TypeError(network)
    return verdictOn(parsed, { isKnown: true, networks, sources: new Set() }) === 'verified'
  }
}

it('remembers networks and sources for a day, also if they come each minute', () =>
  within((tables) => {
    for (let minute = START; minute <= START + 2; minute++) tables.note(minute, of('shop', '192.0.2.0/24'))
    tables.note(START + 2, of('news'))
    expect([...tables.since(START + 2).sources].toSorted()).toEqual(['news', 'shop'])
    expect(verifiedIn(tables, START + 2)('192.0.2.0/24')).toBe(true)
    expect(tables.since(START + 8)).toEqual({ networks: new Set(), sources: new Set() })
    tables.note(START + 2 * DAY, new Map())
    expect(tables.since(0).networks.size).toBe(0)
  }))

it.each([
  ['IPv6 networks of one site', (i: number) => `2001:db8:${i.toString(16)}::/48`, '2001:db9::/48', false],
  [
    'IPv6 networks of many sites',
    (i: number) => `2a${(i % 256).toString(16).padStart(2, '0')}:${i.toString(16)}:1::/48`,
    '203.0.113.0/24',
    false,
  ],
  ['IPv4 networks', (i: number) => `10.${i >> 8}.${i % 256}.0/24`, '203.0.113.0/24', false],
])(
  'a flood of %s keeps all of them, and no other',
  async (_what, networkAt, other, isOther) => {
    await within((tables) => {
      const flood = Array.from({ length: 11_000 }, (_, i) => networkAt(i))
      tables.note(START, of('shop', '192.0.2.0/24'))
      tables.note(START + 1, of('shop', ...flood))
      tables.note(START + 2, of('news', '198.51.100.0/24'))
      const isVerified = verifiedIn(tables, START)
      for (const network of ['192.0.2.0/24', '198.51.100.0/24', ...flood.slice(0, 50), ...flood.slice(-50)])
        expect(isVerified(network)).toBe(true)
      expect(isVerified(other)).toBe(isOther)
      expect(tables.since(START).networks.has('other')).toBe(false)
    })
  },
  60_000,
)

it(
  'knows nothing beyond that',
  () =>
    within((tables) => {
      const flood = Array.from(
        { length: 20_001 },
        (_, i) => `2${(0x001 + (i >> 12)).toString(16).padStart(3, '0')}:${(i & 0xfff).toString(16)}::/48`,
      )
      tables.note(START, of('shop', ...flood))
      expect(tables.since(START).networks.has('other')).toBe(true)
    }),
  60_000,
)
