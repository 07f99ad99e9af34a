/** The keys of people, which an operator takes to open the archive elsewhere. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { fromBase64, toHex } from '../../../src/platform/bytes.ts'
import { HOUR_MS } from '../../../src/platform/time.ts'
import { personOf } from '../../../src/store/keys.ts'
import { beginReadingKeys, goOnReadingKeys, readKeys } from '../../../src/store/people-keys.ts'
import { archivePseudonym } from '../../../src/store/pseudonym.ts'
import { decrypt, encrypt } from '../../../src/platform/seal.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { newConsole, store } from '../support.ts'

const ADDRESSES = ['ada@example.com', 'grace@example.com', 'joan@example.com']
const REASON = { 'x-reason': 'who bounced' }

beforeEach(async () => {
  await emptyStore()
  for (const address of ADDRESSES) await personOf(store, address)
})

const linesOf = async (here: ReturnType<typeof newConsole>) => {
  const { json } = await here.api('GET', '/api/audit')
  return (json['entries'] as { action: string; reason: string | null }[]).filter(
    ({ action }) => action === 'people.keys_read',
  )
}

describe('a read of the keys', () => {
  it('gives each person with a pseudonym, and the key under which the person’s data is sealed', async () => {
    const here = newConsole()
    const operator = await holder(here, 'operator')
    const { status, json } = await operator.send('POST', '/api/people/keys', {}, REASON)
    expect(status).toBe(200)
    const people = json['people'] as { person: string; key: string; address: string }[]
    expect(people.map(({ address }) => address).toSorted()).toEqual(ADDRESSES)
    for (const { person, key, address } of people) {
      const bytes = fromBase64(key) ?? new Uint8Array()
      expect(person).toBe(toHex(await archivePseudonym(bytes)))
      const sealed = await encrypt((await personOf(store, address)).key, new Uint8Array([7]), 'id')
      const opening = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['decrypt'])
      expect(await decrypt(opening, sealed, 'id')).toEqual(new Uint8Array([7]))
    }
    expect(json['next_cursor']).toBeNull()
    expect(await linesOf(here)).toMatchObject([{ reason: 'who bounced' }])
  })

  it('does not begin without a reason, and leaves no line then', async () => {
    const here = newConsole()
    const before = await linesOf(here)
    const { status, json } = await here.api('POST', '/api/people/keys', {})
    expect({ status, code: json['code'] }).toEqual({ status: 400, code: 'reason_needed' })
    expect(await linesOf(here)).toEqual(before)
  })

  it('keeps no answer for a repetition: a key must not outlive an erasure anywhere', async () => {
    const here = newConsole()
    const operator = await holder(here, 'operator')
    const send = () =>
      operator.send('POST', '/api/people/keys', {}, { ...REASON, 'idempotency-key': 'the-same' })
    expect((await send()).json['people']).toHaveLength(3)
    await env.STORE.prepare('DELETE FROM recipients').run()
    expect((await send()).json['people']).toEqual([])
  })

  it('leaves out a person whose key does not open', async () => {
    await env.STORE.prepare(
      `UPDATE recipients SET wrapped_key = unhex('09aa') WHERE recipient = (SELECT min(recipient) FROM recipients)`,
    ).run()
    const { people } = await readKeys(store, beginReadingKeys('admin', 0))
    expect(people).toHaveLength(2)
  })
})

describe('the pages', () => {
  const NOW_MS = 1_795_000_000_000

  it('have every person once', async () => {
    const seen: string[] = []
    let reading = beginReadingKeys('ada', NOW_MS)
    for (;;) {
      const { people, next_cursor } = await readKeys(store, reading, 1)
      seen.push(...people.map(({ address }) => address))
      if (next_cursor === null) break
      reading = await goOnReadingKeys(store, next_cursor, 'ada', NOW_MS + 1)
    }
    expect(seen.toSorted()).toEqual(ADDRESSES)
  })

  it.each([
    ['by somebody else', 'eve', 0, (cursor: string) => cursor],
    ['a day later', 'ada', 24 * HOUR_MS, (cursor: string) => cursor],
    [
      'with a changed cursor',
      'ada',
      0,
      (cursor: string) => `${cursor.startsWith('A') ? 'B' : 'A'}${cursor.slice(1)}`,
    ],
    ['with half of it', 'ada', 0, (cursor: string) => cursor.slice(0, 20)],
    ['with nothing', 'ada', 0, () => ''],
    ['with a position in clear', 'ada', 0, () => btoa(JSON.stringify(beginReadingKeys('ada', NOW_MS)))],
  ])('cannot be gone on with %s', async (_how, actor, laterMs, change) => {
    const { next_cursor } = await readKeys(store, beginReadingKeys('ada', NOW_MS), 1)
    const going = goOnReadingKeys(store, change(next_cursor ?? ''), actor, NOW_MS + laterMs)
    await expect(going).rejects.toThrow(/cursor/)
  })

  it('answer a foreign cursor as a wrong parameter, and leave no line', async () => {
    const here = newConsole()
    const operator = await holder(here, 'operator')
    const before = await linesOf(here)
    const { next_cursor } = await readKeys(store, beginReadingKeys('admin', here.clock.nowMs), 1)
    const { status, json } = await operator.send('POST', '/api/people/keys', { cursor: next_cursor }, REASON)
    expect({ status, code: json['code'] }).toEqual({ status: 400, code: 'parameter_invalid' })
    expect(await linesOf(here)).toEqual(before)
  })
})
