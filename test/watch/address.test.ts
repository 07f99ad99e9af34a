/** Pattern `address`: it finds senders that change networks, and not an ESP that does so by itself. */
import { describe, expect, it } from 'vitest'
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import { newSourceWatch } from '../../src/watch/source-watch.ts'
import { NETWORK, NOW, calmMinute, calmWatch, play } from './support/calm.ts'
import { thorough } from '../support/thorough.ts'

type Networks = Readonly<Record<string, number>>

const from = (minute: number, networks: Networks): Partial<MinuteSignals> => {
  const calm = calmMinute(minute)
  const accepted = Object.values(networks).reduce((sum, one) => sum + one, calm.accepted)
  return { ...calm, accepted, networks: { ...calm.networks, ...networks } }
}

const stranger = (i: number): string => `10.${i >> 8}.${i & 255}.0/24`

/** Findings while networks come beside the calm traffic: severity, and the first network. */
function found(minutes: number, networksAt: (since: number) => Networks): string[] {
  const watch = calmWatch()
  return play(watch, NOW, minutes, (minute) => from(minute, networksAt(minute - NOW))).flatMap((one) =>
    one.change === 'ended' || one.finding.kind !== 'address'
      ? []
      : [`${one.finding.severity} ${one.finding.networks?.[0]}`],
  )
}

const every = (minutes: number, since: number, networks: Networks): Networks =>
  since % minutes === 0 ? networks : {}

const ONE = '203.0.113.0/24'

describe('the pattern of addresses', () => {
  it.each<[string, number, (since: number) => Networks, readonly string[]]>([
    ['600 networks in ten hours', 600, (s) => ({ [stranger(s)]: 1 }), [expect.stringMatching(/^warning 10\./) as string]],
    ['200 networks in one minute', 1, () => Object.fromEntries(Array.from({ length: 60 }, (_, i) => [stranger(i), 1])), [expect.stringMatching(/^warning 10\./) as string]],
    ['30 networks in a day, two deliveries of each', 1440, (s) => every(48, s, { [stranger(s)]: 2 }), [expect.stringMatching(/^warning 10\./) as string]],
    ['one network after 7 decoys at once', 300, (s) => (s === 0 ? Object.fromEntries(Array.from({ length: 7 }, (_, i) => [stranger(i), 1])) : every(60, s, { [ONE]: 1 })), [`warning ${ONE}`]],
    ['five networks in a day', 1440, (s) => every(288, s, { [stranger(s)]: 1 }), []],
    ['networks beside the own one', 600, (s) => every(60, s, { [`192.0.${s / 10 + 3}.0/24`]: 1 }), []],
  ])('%s', (_, minutes, networksAt, expected) => {
    expect(found(minutes, networksAt)).toEqual(expected)
  }) // prettier-ignore

  it('judges a network that had to make room when it comes back within a day', () => {
    const decoys = (since: number): Networks =>
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [stranger(since * 30 + i), 3]))
    const watch = calmWatch()
    const changes = play(watch, NOW, 3, (minute) =>
      minute === NOW ? from(minute, { [ONE]: 1 }) : from(minute, decoys(minute - NOW)),
    )
    expect(changes.map((one) => one.change)).toEqual(['raised'])
    play(watch, NOW + 3, 60, (minute) => from(minute, every(10, minute - NOW, { [ONE]: 1 })))
    expect(watch.patterns['address']).toMatchObject({ fresh: { [ONE]: { deliveries: 7, first: NOW } } })
  })

  it('knows the own network after a flood of others', () => {
    const watch = calmWatch()
    play(watch, NOW, 200, (minute) => ({
      ...calmMinute(minute),
      networks: Object.fromEntries(
        Array.from({ length: 50 }, (_, i) => [stranger((minute - NOW) * 50 + i), 1]),
      ),
    }))
    expect(Object.keys(watch.profile.networks)).toContain(NETWORK)
    expect(Object.keys(watch.profile.networks).length).toBeLessThanOrEqual(64)
  })

  it('says nothing at a source whose ESP changes its networks every day', () => {
    const changing = (minute: number): Partial<MinuteSignals> => {
      const day = Math.floor(minute / 1440)
      const own = Object.fromEntries([0, 1, 2].map((i) => [`198.${day % 200}.${(minute + i) % 6}.0/24`, 1]))
      return { ...calmMinute(minute), accepted: 3, networks: own }
    }
    const changes = play(newSourceWatch(NOW), NOW, thorough(28, 10) * 1440, changing)
    expect(changes.flatMap((one) => (one.change === 'ended' ? [] : [one.finding.severity]))).not.toContain(
      'warning',
    )
  })
})
