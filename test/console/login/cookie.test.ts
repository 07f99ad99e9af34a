import { describe, expect, it } from 'vitest'
import {
  canHoldSession,
  noSessionCookie,
  sessionCookie,
  sessionCookieOf,
} from '../../../src/console/login/cookie.ts'

const HTTPS = new URL('https://console.example.com/login')
const LOCAL = new URL('http://localhost:8788/login')

describe('the session cookie', () => {
  it('is limited to this host over HTTPS', () => {
    expect(sessionCookie(HTTPS, 'v')).toBe(
      '__Host-postern_session=v; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure',
    )
  })

  it('has neither Secure nor the __Host- prefix on this machine', () => {
    expect(sessionCookie(LOCAL, 'v')).toBe(
      'postern_session=v; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict',
    )
  })

  it('is deleted under the same name', () => {
    expect(noSessionCookie(HTTPS)).toContain('__Host-postern_session=; Path=/; Max-Age=0;')
  })

  it.each([
    ['alone', '__Host-postern_session=v', 'v'],
    ['among others', 'a=b; __Host-postern_session=v; c=d', 'v'],
    ['absent', 'a=b', undefined],
    ['no header', null, undefined],
    ['under the name of plain HTTP', 'postern_session=v', undefined],
    ['under a longer name', 'x__Host-postern_session=v', undefined],
  ])('is found %s', (_how, header, value) => {
    expect(sessionCookieOf(HTTPS, header)).toBe(value)
  })
})

it.each([
  ['https://console.example.com/', true],
  ['http://localhost:8788/', true],
  ['http://console.localhost/', true],
  ['http://127.0.0.1:8788/', true],
  ['http://127.9.9.9/', true],
  ['http://[::1]:8788/', true],
  ['http://console.example.com/', false],
  ['http://192.168.1.2:8788/', false],
  ['http://localhost.example.com/', false],
  ['http://127.0.0.1.example.com/', false],
])('a session at %s: %s', (url, possible) => {
  expect(canHoldSession(new URL(url))).toBe(possible)
})
