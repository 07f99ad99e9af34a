import { describe, expect, it } from 'vitest'
import { SESSION_SECONDS, sessions } from '../../../src/console/login/session.ts'
import type { MasterKey } from '../../../src/platform/master-key.ts'

const key = (version: number, fill: number): MasterKey => ({ version, bytes: new Uint8Array(32).fill(fill) })
const V1 = key(1, 1)
const V2 = key(2, 2)
const NOW = 1_800_000_000

const flip = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

describe('a session', () => {
  it('is read back unchanged until it ends', async () => {
    const here = sessions([V1])
    const { cookie } = await here.open(NOW)
    expect(await here.read(cookie, NOW)).toMatchObject({ endsAtSeconds: NOW + SESSION_SECONDS })
    expect(await here.read(cookie, NOW + SESSION_SECONDS - 1)).toBeDefined()
    expect(await here.read(cookie, NOW + SESSION_SECONDS)).toBeUndefined()
  })

  it('survives a rotation of the master key while the old key is configured', async () => {
    const { cookie } = await sessions([V1]).open(NOW)
    expect(await sessions([V2, V1]).read(cookie, NOW)).toBeDefined()
    expect(await sessions([V2]).read(cookie, NOW)).toBeUndefined()
  })

  it.each<[string, (cookie: string) => string | undefined]>([
    ['no cookie', () => undefined],
    ['an empty cookie', () => ''],
    ['a later end', (cookie) => String(Number(cookie.split('.')[0]) + 1) + cookie.slice(cookie.indexOf('.'))],
    ['another id', (cookie) => flip(cookie, cookie.indexOf('.') + 1)],
    ['a changed signature', (cookie) => flip(cookie, cookie.lastIndexOf('.') + 3)],
    ['a truncated signature', (cookie) => cookie.slice(0, -1)],
    ['no signature', (cookie) => cookie.slice(0, cookie.lastIndexOf('.') + 1)],
    ['an appended part', (cookie) => `${cookie}.x`],
    ['white space', (cookie) => ` ${cookie}`],
  ])('is not read from %s', async (_what, change) => {
    const here = sessions([V1])
    expect(await here.read(change((await here.open(NOW)).cookie), NOW)).toBeUndefined()
  })
})

/** Two sessions of one console. */
const opened = async () => {
  const here = sessions([V1])
  const { session } = await here.open(NOW)
  const { session: other } = await here.open(NOW)
  return { here, session, other }
}

describe("a session's form token", () => {
  it('is valid only for that session', async () => {
    const { here, session, other } = await opened()
    const token = await here.formToken(session)
    expect(await here.isFormToken(token, session)).toBe(true)
    expect(await here.isFormToken(token, other)).toBe(false)
    expect(await here.isFormToken('', session)).toBe(false)
    expect(await here.isFormToken(`${token}A`, session)).toBe(false)
  })

  it('is not the signature in the cookie', async () => {
    const { here, session } = await opened()
    const cookie = `${session.endsAtSeconds}.${session.id}.${await here.formToken(session)}`
    expect(await here.read(cookie, NOW)).toBeUndefined()
  })
})
