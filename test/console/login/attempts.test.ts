import { describe, expect, it } from 'vitest'
import { clientOf, countingAttempts, countingSitesToo } from '../../../src/console/login/attempts.ts'

const NOW = 1_800_000_000_000

describe('failed attempts', () => {
  it('block a client at the limit, until the window ends', () => {
    const attempts = countingAttempts(3, 60_000)
    for (let i = 0; i < 3; i++) {
      expect(attempts.blockedSeconds('a', NOW)).toBe(0)
      attempts.failed('a', NOW + i)
    }
    expect(attempts.blockedSeconds('a', NOW + 1_000)).toBe(59)
    expect(attempts.blockedSeconds('b', NOW)).toBe(0)
    expect(attempts.blockedSeconds('a', NOW + 60_000)).toBe(0)
    attempts.failed('a', NOW + 60_000)
    expect(attempts.blockedSeconds('a', NOW + 60_000)).toBe(0)
  })

  it('of the oldest client are forgotten if too many clients fail', () => {
    const attempts = countingAttempts(1, 60_000)
    for (let i = 0; i <= 10_000; i++) attempts.failed(`client ${i}`, NOW)
    expect(attempts.blockedSeconds('client 0', NOW)).toBe(0)
    expect(attempts.blockedSeconds('client 1', NOW)).toBe(60)
    expect(attempts.blockedSeconds('client 10000', NOW)).toBe(60)
  })
})

it('counts the failures of all clients of one site together, with a higher limit', () => {
  const attempts = countingSitesToo(countingAttempts(3, 60_000), countingAttempts(10, 60_000))
  const client = (n: number) => `2001:db8:7:${n}::/64`
  for (let n = 0; n < 9; n++) attempts.failed(client(n), NOW)
  expect(attempts.blockedSeconds(client(10), NOW)).toBe(0)
  attempts.failed(client(9), NOW)
  expect(attempts.blockedSeconds(client(10), NOW)).toBe(60)
  expect(attempts.blockedSeconds('2001:db8:8::/64', NOW)).toBe(0)
  for (let n = 0; n < 3; n++) attempts.failed('unknown', NOW)
  expect(attempts.blockedSeconds('unknown', NOW)).toBe(60)
})

it.each([
  ['an IPv4 address', '192.0.2.7', '192.0.2.7/32'],
  ['an IPv6 address, by its /64', '2001:db8:0:7::99', '2001:db8:0:7::/64'],
  ['another spelling of the same /64', '2001:0db8:0000:0007:1:2:3:4', '2001:db8:0:7::/64'],
  ['no address', undefined, 'unknown'],
  ['an invalid address', '192.0.2.7, 10.0.0.1', 'unknown'],
])('failures are counted for %s', (_what, address, client) => {
  expect(clientOf(new Headers(address === undefined ? {} : { 'cf-connecting-ip': address }))).toBe(client)
})
