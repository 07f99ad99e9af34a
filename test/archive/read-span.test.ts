/** Which events get into a file, in which order, and whom they name. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { DomainCount } from '../../src/archive/domains.ts'
import { readSpan } from '../../src/archive/read-span.ts'
import type { Store } from '../../src/store/store.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { NOON_MS, mailEvent } from '../support/mail-events.ts'
import { emptyStore, rowsOf } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

const storeEvent = async (nr: number, reason = 'said', recipient: string | null = 'ada@example.com') =>
  consumeEvents(consumerDeps(store), [
    await mailEvent({ type: 'email.bounced', atMs: NOON_MS + nr, nr, recipient, reason }),
  ])

const domains = {
  begin: () =>
    new DomainCount(
      async (domain) => domain,
      () => new Set(),
      () => undefined,
    ),
}

const span = async (firstSegment = 1) => {
  const [last] = await rowsOf('SELECT max(segment) AS segment FROM segments')
  return readSpan(store, domains, { firstSegment, lastSegment: Number(last?.['segment']) })
}
const persons = async () => (await span()).values('person').map((one) => (one === null ? null : String(one)))

it('takes each event once, in the order of its segments, also if there are more than a page takes', async () => {
  for (let nr = 0; nr < 30; nr++) await storeEvent(nr, 'x'.repeat(200_000))
  const [size] = await rowsOf('SELECT sum(octet_length(contents)) AS bytes FROM segments')
  expect(size?.['bytes']).toBeGreaterThan(8_000_000)
  const ids = (await rowsOf('SELECT ids FROM segments ORDER BY segment')).flatMap(
    ({ ids: json }) => JSON.parse(String(json)) as string[],
  )
  expect((await span()).values('id')).toEqual(ids)
  expect((await span(29)).values('id')).toEqual(ids.slice(28))
})

it('leaves out events that were blanked, and segments that are gone', async () => {
  for (let nr = 0; nr < 4; nr++) await storeEvent(nr)
  await env.STORE.prepare(`UPDATE segments SET contents = '[null]' WHERE segment = 2`).run()
  await env.STORE.prepare('DELETE FROM segments WHERE segment = 3').run()
  expect((await span()).events).toBe(2)
})

it('gives a person one name, and nobody none', async () => {
  await storeEvent(0)
  await storeEvent(1, 'said', null)
  await storeEvent(2, 'said', 'Ada@Example.com')
  await storeEvent(3, 'said', 'bob@example.com')
  const [ada, nobody, again, bob] = await persons()
  expect(ada).toMatch(/^(?:\d+,){15}\d+$/)
  expect([nobody, again === ada, bob === ada]).toEqual([null, true, false])
})

it('does not link a person to what was stored before an erasure', async () => {
  await storeEvent(0)
  const [before] = await persons()
  await env.STORE.prepare('DELETE FROM recipients').run()
  expect(await persons()).toEqual([null])
  await storeEvent(1)
  await storeEvent(2)
  const [erased, later, last] = await persons()
  expect([erased, later === last, later === before]).toEqual([null, true, false])
})
