/** Requests that destinations have still to send: kept once, sealed, found in order, and gone with a person. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Contents } from '../../src/event/envelope.ts'
import { toBase64, utf8 } from '../../src/platform/bytes.ts'
import { ensureErased } from '../../src/store/erasures/ensure.ts'
import { PEOPLE_COLUMNS } from '../../src/store/erasures/places/index.ts'
import { listPeople } from '../../src/store/erasures/places/people-column.ts'
import {
  dropRequests,
  emptyRequests,
  readRequests,
  removeOldRequests,
  requestBacklog,
  requestTransactions,
  requestsAfter,
} from '../../src/store/requests.ts'
import type { Store } from '../../src/store/store.ts'
import { erasureDeps, erasureList } from '../support/erasures.ts'
import { deliveryFacts } from '../support/mail-events.ts'
import { countOf, emptyStore, rowsOf } from '../support/store.ts'

const ADA = 'ada@example.com'
const RECEIVED_MS = Date.parse(deliveryFacts().received_at)
const KEPT_MS = RECEIVED_MS + 1_000
const ALL = Number.MAX_SAFE_INTEGER

let store: Store
beforeEach(async () => {
  store = await emptyStore()
})

const message = (requestId: string, body: string, change: Partial<Contents['delivery']> = {}): Contents => ({
  delivery: deliveryFacts({ request_id: requestId, ...change }),
  events: [],
  quarantined: [],
  request: {
    destinations: ['app', 'other'],
    method: 'POST',
    query: 'a=b',
    headers: { 'content-type': 'application/json' },
    body: toBase64(utf8(body)),
  },
})

async function keep(...messages: Contents[]): Promise<void> {
  for await (const statements of requestTransactions(store, messages, KEPT_MS))
    await store.db.batch(statements)
}

const START = { number: 0, receivedMs: 0 }
const idsAfter = async (after = START, destination = 'app') =>
  (await requestsAfter(store, destination, after, [], 100)).requests.map(({ requestId }) => requestId)
const bodyOf = async (requestId: string) =>
  (await readRequests(store, 'app', [requestId])).get(requestId)?.body

describe('kept requests', () => {
  const small = '{"to":"bob@example.com"}'
  const large = JSON.stringify({ text: 'ü'.repeat(900_000) })

  it.each([
    ['a small body', small],
    ['a body of several parts', large],
    ['no body', ''],
  ])('are whole, with %s, and sealed', async (_what, body) => {
    await keep(message('req_1', body))
    expect((await readRequests(store, 'app', ['req_1', 'req_2'])).get('req_1')).toEqual({
      method: 'POST',
      query: 'a=b',
      headers: { 'content-type': 'application/json' },
      body: utf8(body),
    })
    const rows = await rowsOf(
      'SELECT hex(sealed) AS sealed FROM requests UNION ALL SELECT hex(sealed) FROM request_parts',
    )
    expect(JSON.stringify(rows)).not.toContain(Buffer.from('bob@').toString('hex').toUpperCase())
  })

  it('are there once for each destination, in order, however often the queue brings the message', async () => {
    const messages = [message('req_1', small), message('req_2', large), message('req_3', small)]
    await keep(...messages)
    await keep(...messages)
    for (const destination of ['app', 'other'])
      expect(await idsAfter(START, destination)).toEqual(['req_1', 'req_2', 'req_3'])
    expect(await requestBacklog(store, 'app', 0)).toEqual({ count: 3, oldestMs: RECEIVED_MS })
    const { requests } = await requestsAfter(store, 'app', START, [], 2)
    const last = requests.at(-1)
    if (last === undefined) throw new Error('nothing is listed')
    expect(await requestsAfter(store, 'app', last, [], 2)).toMatchObject({
      isKnown: true,
      requests: [{ requestId: 'req_3' }],
    })
    expect(await requestsAfter(store, 'app', { ...last, receivedMs: 1 }, [], 2)).toMatchObject({
      isKnown: false,
    })
  })

  it('lose their content once they are settled, but for those that wait, and do not come back', async () => {
    const messages = [message('req_1', small), message('req_2', small), message('req_3', small)]
    await keep(...messages)
    const [, second] = (await requestsAfter(store, 'app', START, [], 3)).requests
    if (second === undefined) throw new Error('nothing is listed')
    const { settled } = await requestsAfter(store, 'app', second, ['req_1'], 3)
    expect(settled).toEqual(['app/req_2'])
    await emptyRequests(store, settled, ALL)
    await keep(...messages)
    expect(await idsAfter()).toEqual(['req_1', 'req_3'])
    expect(await bodyOf('req_2')).toBeUndefined()
    expect(await idsAfter(START, 'other')).toHaveLength(3)
    expect(await countOf('request_parts')).toBe(5)
  })

  it('of a destination go with it, those that were received before a time', async () => {
    await keep(
      message('req_1', small),
      message('req_2', small, { received_at: new Date(RECEIVED_MS + 1).toISOString() }),
    )
    await dropRequests(store, 'app', RECEIVED_MS + 1)
    expect(await idsAfter()).toEqual(['req_2'])
    await dropRequests(store, 'app', ALL)
    expect([await countOf('requests'), await countOf('request_parts')]).toEqual([2, 2])
  })

  it('go when they are old, whether they were sent or not', async () => {
    await keep(message('req_1', small))
    await removeOldRequests(store, RECEIVED_MS, 100)
    expect(await countOf('requests')).toBe(2)
    expect(await removeOldRequests(store, KEPT_MS + 1, 100)).toBe(4)
    expect([await countOf('requests'), await countOf('request_parts')]).toEqual([0, 0])
  })
})

describe('a kept request that names an erased person', () => {
  const erased = async () => [
    { number: 1, person: await store.people.indexOf(ADA), erasedAtMs: RECEIVED_MS, keepsSuppression: false },
  ]
  const erase = async () => ensureErased(erasureDeps(store, erasureList(await erased())))
  const hers = `{"to":"${ADA}"}`
  const later = { received_at: new Date(RECEIVED_MS + 1).toISOString() }

  it('goes whole, and all others stay', async () => {
    await keep(
      message('hers', hers),
      message('his', '{"to":"bob@example.com"}'),
      message('later', hers, later),
    )
    await erase()
    expect(await idsAfter()).toEqual(['his', 'later'])
    expect(await countOf('request_parts')).toBe(4)
  })

  it('is not sent if it was kept after the erasure, and goes in the next night', async () => {
    await erase()
    await keep(
      message('hers', hers),
      message('his', '{"to":"bob@example.com"}'),
      message('later', hers, later),
    )
    expect([...(await readRequests(store, 'app', ['hers', 'his', 'later'])).keys()]).toEqual(['his', 'later'])
    const deps = erasureDeps(store, erasureList(await erased()))
    for (const column of PEOPLE_COLUMNS) await listPeople(deps, column, 1_000_000, () => true)
    expect(await idsAfter()).toEqual(['his', 'later'])
  })

  it('is not sent if nobody can tell all whom it names', async () => {
    await erase()
    const many = Array.from({ length: 10_100 }, (_, i) => `u${i}@example.com`).join()
    await keep(message('many', many))
    expect(await bodyOf('many')).toBeUndefined()
    await env.STORE.exec('DELETE FROM erasures')
    expect(await bodyOf('many')).toBeDefined()
  })
})
