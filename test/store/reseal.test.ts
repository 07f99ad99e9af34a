import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { createJob } from '../../src/addresses/jobs.ts'
import { keepVerdicts, keptVerdicts } from '../../src/addresses/kept.ts'
import { NO_SERVICE, putService, readService, openServiceKey } from '../../src/addresses/settings.ts'
import { judgment } from '../../src/addresses/verdict.ts'
import { openContents } from '../../src/event/envelope.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { SealBroken, sealer } from '../../src/platform/seal.ts'
import { toBase64, utf8 } from '../../src/platform/bytes.ts'
import { storeDeadLetter, readDeadLetters, strayId } from '../../src/store/dead-letters.ts'
import { listEvents } from '../../src/store/events.ts'
import { listQuarantine, readQuarantine } from '../../src/store/quarantine.ts'
import { requestTransactions } from '../../src/store/requests.ts'
import { type ResealStep, resealableStore } from '../../src/store/reseal.ts'
import { storeKeyState } from '../../src/store/store-key.ts'
import { type Store, openStore } from '../../src/store/store.ts'
import { addSuppression, findSuppression } from '../../src/store/suppressions.ts'
import { toStore } from '../../src/store/stored-event.ts'
import { storeBatches } from '../support/segments.ts'
import {
  AFTER_ALL_MS,
  NOON_MS,
  contentsOf,
  deliveryFacts,
  mailEvent,
  quarantinedItem,
} from '../support/mail-events.ts'
import { putIntoQuarantine } from '../support/quarantine.ts'
import { inlineEnvelope } from '../support/queue.ts'
import { emptyStore, rowsOf } from '../support/store.ts'

const V1 = env.MASTER_KEY
const V2 = `v2:${btoa('k'.repeat(32))}`
const BOTH = readMasterKeys(`${V2},${V1}`)
const NEW = readMasterKeys(V2)

const PEOPLE = 3
const address = (nr: number) => `person.${nr}@example.com`

let old: Store

/** Writes something into each table, all of it under the first master key. */
beforeEach(async () => {
  old = await emptyStore()
  for (let nr = 0; nr < PEOPLE; nr++) await addSuppression(old, address(nr), `note ${nr}`, 1)
  for (const body of ['{"small":1}', `{"large":"${'x'.repeat(900_000)}"}`]) {
    await putIntoQuarantine(old, quarantinedItem(body), deliveryFacts())
  }
  const request = {
    destinations: ['app'],
    method: 'POST',
    query: '',
    headers: {},
    body: toBase64(utf8('{}')),
  }
  for await (const kept of requestTransactions(old, [{ ...contentsOf([]), request }], NOON_MS))
    await env.STORE.batch(kept)
  const envelope = await inlineEnvelope(
    contentsOf([], [quarantinedItem('{"in a dead letter":1}')]),
    'req_dead/0',
  )
  await storeDeadLetter(old, { messageId: 'm1', envelope, reason: 'store_failed', attempts: 3 }, 1)
  const sealedBody = await old.sealer.seal(utf8('a stray'), strayId('m2'))
  await storeDeadLetter(
    old,
    { messageId: 'm2', envelope: undefined, sealedBody, reason: 'envelope_malformed', attempts: 1 },
    1,
  )
  const checked = {
    ...judgment('risky', ['catch_all']),
    by: 'kickbox',
    checkedAtMs: 1,
    expiresAtMs: AFTER_ALL_MS,
  }
  await keepVerdicts(old, [[await old.people.indexOf(address(0)), checked]], 1)
  await createJob(old, [address(1)], 1)
  await putService(old, NO_SERVICE, 'the key', null, 1)
})

async function resealAll(
  db: D1Database = env.STORE,
): Promise<{ resealed: number; broken: number; steps: number }> {
  const resealable = resealableStore(db, BOTH)
  let [resealed, broken, steps] = [0, 0, 0]
  let cursor: string | null = null
  do {
    const step: ResealStep | undefined = await resealable.step(cursor)
    if (step === undefined) throw new Error('the cursor was not taken')
    resealed += step.resealed
    broken += step.broken
    steps++
    cursor = step.cursor
  } while (cursor !== null)
  return { resealed, broken, steps }
}

/** All that can be read of the store under some keys. */
async function readAll(masters: typeof BOTH) {
  const store = openStore(env.STORE, masters)
  const notes = await Promise.all(
    Array.from(
      { length: PEOPLE },
      async (_, nr) => (await findSuppression(store, address(nr), 0))?.reasons[0]?.note,
    ),
  )
  const { quarantine } = await listQuarantine(store, { limit: 10 })
  const bodies = await Promise.all(
    quarantine.map(async ({ id }) => (await readQuarantine(store, id))?.quarantined.body),
  )
  const letters = await readDeadLetters(store, {}, 10)
  const [letter] = letters
  const envelope = letter?.envelope
  const dead =
    envelope?.kind === 'inline'
      ? await openContents(envelope.sealed, sealer(masters, 'queue'), envelope.key)
      : undefined
  const [stray] = await rowsOf(`SELECT sealed FROM dead_letters WHERE envelope IS NULL`)
  const words = await store.sealer.open(new Uint8Array(stray?.['sealed'] as ArrayBuffer), strayId('m2'))
  const verdicts = await keptVerdicts(store, [await store.people.indexOf(address(0))], 1)
  const key = await openServiceKey(store, await readService(store, 1))
  return { notes, bodies: new Set(bodies), dead, stray: new TextDecoder().decode(words), verdicts, key }
}

const versionsOf = async () => {
  const counts = await resealableStore(env.STORE, BOTH).counts()
  return Object.fromEntries(
    Object.entries(counts).map(([what, by]) => [what, Object.keys(by ?? { uncounted: 0 })]),
  )
}

describe('resealing the store', () => {
  it('leaves nothing under the old master key, which can then be removed', async () => {
    const before = await readAll(readMasterKeys(V1))
    expect(before.notes).toEqual(['note 0', 'note 1', 'note 2'])
    expect(await versionsOf()).toMatchObject({
      recipients: ['1'],
      quarantine: ['1'],
      dead_letters: ['1'],
      store_keys: ['1'],
    })

    const done = await resealAll()
    // Three people, two entries and their four parts, a request and its part, two letters, the key of the index, a verdict, a row of a list, and a key.
    expect(done).toMatchObject({ resealed: 17, broken: 0 })
    expect(before).toMatchObject({ key: 'the key' })
    expect(before.verdicts.size).toBe(1)
    expect(await versionsOf()).toEqual({
      recipients: ['2'],
      quarantine: ['2'],
      quarantine_parts: ['2'],
      requests: ['2'],
      request_parts: ['2'],
      dead_letters: ['2'],
      store_keys: ['2'],
      address_verdicts: ['2'],
      address_service: ['2'],
      address_job_rows: ['2'],
    })
    expect(await readAll(NEW)).toEqual(before)
    expect(await resealAll()).toMatchObject({ resealed: 0 })
  })

  it('keeps events that name nobody readable with only the new key', async () => {
    const one = { type: 'email.opened', atMs: NOON_MS, recipient: null, user_agent: 'Mozilla' } as const
    await storeBatches([[await toStore(await mailEvent(one), deliveryFacts(), undefined, old)]])
    await expect(listEvents(openStore(env.STORE, NEW), { limit: 5 }, AFTER_ALL_MS)).rejects.toThrow(
      SealBroken,
    )
    await resealAll()
    const { events } = await listEvents(openStore(env.STORE, NEW), { limit: 5 }, AFTER_ALL_MS)
    expect(events).toMatchObject([{ recipient: null, user_agent: 'Mozilla' }])
  })

  it('keeps the blind index: a suppression is found with only the new key', async () => {
    await resealAll()
    const store = openStore(env.STORE, NEW)
    expect(await store.people.indexOf(address(0))).toBe(await old.people.indexOf(address(0)))
    await addSuppression(store, address(0), 'again', 2)
    expect((await findSuppression(store, address(0), 0))?.reasons).toMatchObject([{ note: 'again' }])
  })

  it('refuses to make a new index key if the old master key was removed too early', async () => {
    await findSuppression(old, address(0), 0)
    await expect(findSuppression(openStore(env.STORE, NEW), address(0), 0)).rejects.toThrow(SealBroken)
  })

  it.each(['before', 'after'] as const)('may die %s each of its writes, and start again', async (when) => {
    const before = await readAll(readMasterKeys(V1))
    for (let fatal = 1; ; fatal++) {
      let writes = 0
      const dying = {
        prepare: (sql: string) => env.STORE.prepare(sql),
        async batch(statements: D1PreparedStatement[]) {
          if (++writes === fatal && when === 'before') throw new Error('died')
          const written = await env.STORE.batch(statements)
          if (writes === fatal) throw new Error('died')
          return written
        },
      } as unknown as D1Database
      const died = await resealAll(dying).then(
        () => false,
        () => true,
      )
      expect(await readAll(BOTH)).toEqual(before)
      if (!died) break
      expect(fatal).toBeLessThan(20)
    }
    expect(await readAll(NEW)).toEqual(before)
  })

  it('restores nobody who was erased meanwhile, and reverts no change', async () => {
    const index = await old.people.indexOf(address(1))
    const erasing = {
      prepare: (sql: string) => env.STORE.prepare(sql),
      async batch(statements: D1PreparedStatement[]) {
        await env.STORE.prepare('DELETE FROM recipients WHERE recipient = unhex(?1)').bind(index).run()
        return env.STORE.batch(statements)
      },
    } as unknown as D1Database
    const { resealed } = await resealAll(erasing)
    expect(resealed).toBe(16)
    expect(await rowsOf('SELECT count(*) AS n FROM recipients')).toEqual([{ n: PEOPLE - 1 }])
  })

  it('leaves what no key opens, and counts it', async () => {
    await env.STORE.prepare(`UPDATE quarantine SET sealed = unhex('01' || '00' || hex(randomblob(40)))`).run()
    expect(await resealAll()).toMatchObject({ resealed: 15, broken: 2 })
  })

  it.each(['', 'x', '9.', btoa('77.x')])('refuses an unknown cursor: %j', async (cursor) => {
    expect(await resealableStore(env.STORE, BOTH).step(cursor)).toBeUndefined()
  })

  it('reads people page by page', async () => {
    for (let nr = PEOPLE; nr < 1_100; nr += 1) await old.people.indexOf(address(nr))
    const rows = await Promise.all(
      Array.from({ length: 1_100 }, async (_, nr) => {
        const index = await old.people.indexOf(address(nr))
        return [index, await old.people.propose(index, address(nr))]
      }),
    )
    await env.STORE.prepare(
      `INSERT INTO recipients SELECT unhex(value ->> 0), unhex(value ->> 1) FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`,
    )
      .bind(JSON.stringify(rows))
      .run()
    const { resealed, steps } = await resealAll()
    expect(resealed).toBe(1_100 + 14)
    expect(steps).toBeGreaterThan(6)
    expect(await versionsOf()).toMatchObject({ recipients: ['2'] })
  })
})

it.each<[string, string | undefined, string[]]>([
  ['the key that wrapped them', V1, []],
  ['another key in front', `${V2},${V1}`, []],
  ['a later key alone', V2, ['store_keys']],
  ['another key of the same version', V2.replace('v2', 'v1'), ['store_keys']],
])('the state of the store keys with %s', async (_what, masterKey, unreadable) => {
  expect(await storeKeyState(env.STORE, readMasterKeys(masterKey))).toMatchObject({ unreadable })
})
