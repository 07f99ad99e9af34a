/** Quarantine and dead letters after an erasure: what goes, what stays, and the same end after a death at every step. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../../src/consumer/consume.ts'
import { readOwn } from '../../../src/consumer/open.ts'
import { DEAD_LETTER_QUEUE } from '../../../src/consumer/retry.ts'
import { type Contents, openContents } from '../../../src/event/envelope.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { readDeadLetters, storeDeadLetter, strayId } from '../../../src/store/dead-letters.ts'
import { countInStore } from '../../../src/store/erasures/count.ts'
import { PEOPLE_COLUMNS } from '../../../src/store/erasures/places/index.ts'
import { idsNotWhole, listPeople } from '../../../src/store/erasures/places/people-column.ts'
import { ensureErased } from '../../../src/store/erasures/ensure.ts'
import type { Erasure } from '../../../src/store/erasures/erasure.ts'
import { QUARANTINE_PEOPLE } from '../../../src/store/erasures/places/quarantine.ts'
import { removeOldQuarantine } from '../../../src/store/old-rows.ts'
import { listQuarantine, quarantineTransactions } from '../../../src/store/quarantine.ts'
import type { Store } from '../../../src/store/store.ts'
import { consumerDeps } from '../../support/consumer.ts'
import { erasureDeps, erasureList, hooked } from '../../support/erasures.ts'
import { NOON_MS, contentsOf, deliveryFacts, mailEvent, quarantinedItem } from '../../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope, queueSealer, sealed } from '../../support/queue.ts'
import { countOf, emptyStore, rowsOf } from '../../support/store.ts'

const ADA = 'ada@example.com'
const BOB = 'bob@example.com'
const ERASED_MS = Date.parse(deliveryFacts().received_at)
const later = { received_at: new Date(ERASED_MS + 1).toISOString() }

let store: Store
let list: Erasure[]

beforeEach(async () => {
  store = await emptyStore()
  list = []
})

async function erase(address: string, on: Store = store): Promise<void> {
  const person = await store.people.indexOf(address)
  if (!list.some((one) => one.person === person))
    list.push({ number: list.length + 1, person, erasedAtMs: ERASED_MS, keepsSuppression: false })
  await ensureErased(erasureDeps(on, erasureList(list)))
}

/** Lists whom entries name, as the nightly job does. */
async function night(on: Store = store): Promise<void> {
  for (const column of PEOPLE_COLUMNS)
    await listPeople(erasureDeps(on, erasureList(list)), column, 1_000_000, () => true)
}

const countsOf = async (address: string) => {
  const counts = await countInStore(erasureDeps(store, erasureList()), await store.people.indexOf(address))
  return [counts['quarantine'], counts['dead_letters']]
}

async function quarantine(text: string, facts: Parameters<typeof deliveryFacts>[0] = {}): Promise<void> {
  const items = [{ quarantined: quarantinedItem(text), delivery: deliveryFacts(facts) }]
  for await (const statements of quarantineTransactions(store, items, NOON_MS))
    await store.db.batch(statements)
}

/** Bodies in quarantine. */
const quarantined = async () => {
  const { quarantine: entries } = await listQuarantine(store, { limit: 100 })
  return entries.map(({ request_id }) => request_id).sort()
}

const forgetPeople = () =>
  env.STORE.exec('UPDATE quarantine SET people = NULL; UPDATE dead_letters SET people = NULL')

describe('quarantine', () => {
  it.each([
    ['in its body', `{"to":"${ADA}"}`],
    ['in its body, in base64', JSON.stringify({ raw: toBase64(utf8(`To: Ada <${ADA}>`)) })],
    ['in a body of several parts', `${'x'.repeat(1_200_000)} ${ADA}`],
    [
      'before ten thousand others',
      [ADA, ...Array.from({ length: 10_100 }, (_, i) => `u${i}@example.com`)].join(),
    ],
  ])('loses what names the person %s, and keeps the rest', async (_where, text) => {
    await quarantine(text, { request_id: 'ada' })
    await quarantine(`{"to":"${BOB}"}`, { request_id: 'bob' })
    await quarantine(`{"to":"${ADA}", "later": 1}`, { request_id: 'later', ...later })
    expect(await countsOf(ADA)).toMatchObject([{ count: 2 }, { count: 0 }])
    await erase(ADA)
    expect(await quarantined()).toEqual(['bob', 'later'])
    expect(await countOf('quarantine_parts')).toBe(2)
  })

  it('says how many entries name others, too', async () => {
    await quarantine(`{"to":"${ADA}"}`)
    await quarantine(`{"to":["${ADA}","${BOB}"]}`)
    expect(await countsOf(ADA)).toMatchObject([
      { count: 2, others: 1, firstMs: ERASED_MS, lastMs: ERASED_MS },
      {},
    ])
  })

  it('of a version that listed nobody is looked through, in query and headers as well', async () => {
    const quarantinedBody = { ...quarantinedItem('{}'), query: `to=${encodeURIComponent(ADA)}` }
    await quarantine(`{"to":"${BOB}"}`, { request_id: 'bob' })
    for await (const statements of quarantineTransactions(
      store,
      [{ quarantined: quarantinedBody, delivery: deliveryFacts({ request_id: 'ada' }) }],
      NOON_MS,
    ))
      await store.db.batch(statements)
    await forgetPeople()
    await erase(ADA)
    expect(await quarantined()).toEqual(['bob'])
    expect(await rowsOf('SELECT 1 FROM quarantine WHERE people IS NULL')).toEqual([])
  })

  it('that no key opens stays', async () => {
    await quarantine(`{"to":"${ADA}"}`, { request_id: 'ada' })
    await env.STORE.exec(`UPDATE quarantine SET people = NULL, sealed = x'0102'`)
    await erase(ADA)
    expect(await quarantined()).toEqual(['ada'])
    expect(await rowsOf('SELECT hex(people) AS people FROM quarantine')).toEqual([{ people: '00' }])
  })

  it('loses in the next night what was received before an erasure and came later, with its body', async () => {
    await erase(ADA)
    await quarantine(`{"to":"${ADA}"}`, { request_id: 'ada' })
    await quarantine(`{"to":"${BOB}"}`, { request_id: 'bob' })
    await quarantine(`{"to":"${ADA}", "later": 1}`, { request_id: 'later', ...later })
    await night()
    expect(await quarantined()).toEqual(['bob', 'later'])
    expect(await countOf('quarantine_parts')).toBe(2)
  })
})

describe('what nobody can search in whole', () => {
  const crowd = () => Array.from({ length: 20_000 }, (_, i) => `u${i}@example.com`).join()

  it('does not hold up an erasure, is not searched again, and is named', async () => {
    for (const request_id of ['a', 'b', 'c']) await quarantine(crowd() + request_id, { request_id })
    await night()
    let hashed = 0
    const people = { ...store.people, indexOf: (one: string) => (hashed++, store.people.indexOf(one)) }
    await erase(ADA, { ...store, people })
    expect(hashed).toBe(0)
    expect(await quarantined()).toEqual(['a', 'b', 'c'])
    expect(await idsNotWhole(store, QUARANTINE_PEOPLE, 10)).toHaveLength(3)
  })

  it('goes after 14 days, also if nothing else does, unless a hold keeps it', async () => {
    await quarantine(crowd(), { request_id: 'crowd' })
    await quarantine('{}', { request_id: 'other' })
    await night()
    const days = (count: number) => ERASED_MS + count * 86_400_000
    const old = (atMs: number, sources: readonly string[] = []) => ({ atMs, beforeMs: 0, held: { sources } })
    for (const one of [old(days(14)), old(days(15), ['shop'])])
      expect(await removeOldQuarantine(store, one, 10)).toBe(0)
    expect(await removeOldQuarantine(store, old(days(14) + 1), 10)).toBe(1)
    expect(await quarantined()).toEqual(['other'])
  })

  it('is left for another call if there is much of it, and the erasure ends', async () => {
    for (let nr = 0; nr < 4; nr++)
      await quarantine(`${nr}${'x'.repeat(2_900_000)} ${ADA}`, { request_id: `${nr}` })
    await erase(ADA)
    expect((await quarantined()).length).toBeGreaterThan(0)
    expect(await rowsOf('SELECT through FROM erasure_progress')).toEqual([{ through: 1 }])
    for (let nights = 0; nights < 4; nights++) await night()
    expect(await quarantined()).toEqual([])
  })

  it('does not lose an erasure that begins while it is searched', async () => {
    await quarantine(`{"to":"${ADA}"}`)
    let begun = false
    const on = hooked(store, async (when, call) => {
      if (begun || when !== 'after' || call !== 4) return
      begun = true
      await erase(ADA)
    })
    await night(on)
    expect(begun).toBe(true)
    await night()
    expect(await quarantined()).toEqual([])
  })
})

const bounce = (recipient: string, nr: number, reason: string | null = null) =>
  mailEvent({ type: 'email.bounced', atMs: NOON_MS, nr, recipient, reason })

const letterIds = async () => (await rowsOf('SELECT id FROM dead_letters ORDER BY id')).map(({ id }) => id)

/** Dead-letters contents, inline or with an object. */
async function letter(nr: number, contents: Contents, kind: 'inline' | 'stored' = 'inline'): Promise<void> {
  const key = `req_${nr}/0`
  const envelope = await inlineEnvelope(contents, key)
  const object = `large/${nr}`
  if (kind === 'stored') await env.LARGE.put(object, await sealed(contents, key))
  await storeDeadLetter(
    store,
    {
      messageId: `m${nr}`,
      envelope: kind === 'inline' ? envelope : { version: 1, source: 'shop', key, kind, object },
      eventTypes: ['email.bounced', 'email.sent'],
      reason: 'store_failed',
      attempts: 3,
      firstFailedAtMs: ERASED_MS + 5_000,
    },
    ERASED_MS + 10_000,
  )
}

/** Contents of a letter as the consumer would open them. */
async function contentsOfLetter(id: string): Promise<Contents | undefined> {
  const [found] = await readDeadLetters(store, [id], 1)
  const { envelope } = found ?? {}
  if (envelope === undefined) return undefined
  const bytes =
    envelope.kind === 'inline'
      ? envelope.sealed
      : new Uint8Array((await (await env.LARGE.get(envelope.object))?.arrayBuffer()) ?? new ArrayBuffer())
  const opened = await openContents(bytes, queueSealer, envelope.key)
  return opened.kind === 'contents' ? opened.contents : undefined
}

describe.each(['inline', 'stored'] as const)('a dead letter with %s contents', (kind) => {
  it('loses the events of the person, and what else names them', async () => {
    const contents = contentsOf(
      [await bounce(ADA, 1), await bounce(BOB, 2), await bounce(BOB, 3, `forwarded to ${ADA}`)],
      [quarantinedItem(`{"to":"${ADA}"}`), quarantinedItem(`{"to":"${BOB}"}`)],
    )
    await letter(1, contents, kind)
    expect(await countsOf(ADA)).toMatchObject([{}, { count: 1 }])
    await erase(ADA)
    expect(await countsOf(ADA)).toMatchObject([{}, { count: 0 }])
    const rest = await contentsOfLetter('req_1.0')
    expect(rest?.events.map(({ recipient, reason }) => [recipient, reason])).toEqual([
      [BOB, null],
      [BOB, null],
    ])
    expect(rest?.quarantined).toEqual([contents.quarantined[1]])
    expect(rest?.delivery).toEqual(contents.delivery)
    expect(await rowsOf('SELECT event_types AS types FROM dead_letters')).toEqual([
      { types: '["email.bounced"]' },
    ])
  })

  it.each([
    [ADA, undefined],
    [BOB, 'stays'],
  ])('keeps a request as it is, or loses it: one that names %s', async (address, stays) => {
    const request = {
      destinations: ['app'],
      method: 'POST',
      query: '',
      headers: {},
      body: toBase64(utf8(`{"to":"${address}"}`)),
    }
    await letter(1, { ...contentsOf([await bounce(ADA, 1)]), request }, kind)
    await letter(2, contentsOf([await bounce(BOB, 1)]), kind)
    await erase(ADA)
    expect(await letterIds()).toEqual(stays ? ['req_1.0', 'req_2.0'] : ['req_2.0'])
    if (stays) expect(await contentsOfLetter('req_1.0')).toMatchObject({ events: [], request })
  })

  it('of which nothing is left goes', async () => {
    await letter(1, contentsOf([await bounce(ADA, 1)]), kind)
    await letter(2, contentsOf([await bounce(BOB, 1)]), kind)
    await erase(ADA)
    expect(await letterIds()).toEqual(['req_2.0'])
    const object = await env.LARGE.get('large/1')
    const left =
      object && (await openContents(new Uint8Array(await object.arrayBuffer()), queueSealer, 'req_1/0'))
    expect(left?.kind === 'contents' ? left.contents.events : []).toEqual([])
  })

  it('that was received after the erasure stays as it is', async () => {
    await letter(1, contentsOf([await bounce(ADA, 1)], [], later), kind)
    await erase(ADA)
    expect((await contentsOfLetter('req_1.0'))?.events).toHaveLength(1)
  })
})

describe('dead letters', () => {
  it('that are no envelope go, if they name the person', async () => {
    for (const [messageId, text] of [
      ['a', `junk ${ADA}`],
      ['b', `junk ${BOB}`],
    ] as const)
      await storeDeadLetter(
        store,
        {
          messageId,
          envelope: undefined,
          sealedBody: await store.sealer.seal(utf8(text), strayId(messageId)),
          reason: 'envelope_malformed',
          attempts: 1,
        },
        ERASED_MS,
      )
    await erase(ADA)
    expect(await letterIds()).toEqual(['msg_b'])
  })

  it('that no key opens, or whose object is lost, stay', async () => {
    await letter(1, contentsOf([await bounce(ADA, 1)]))
    await letter(2, contentsOf([await bounce(ADA, 1)]), 'stored')
    await env.STORE.exec(`UPDATE dead_letters SET sealed = x'0102' WHERE sealed IS NOT NULL`)
    await env.LARGE.delete('large/2')
    await erase(ADA)
    expect(await letterIds()).toEqual(['req_1.0', 'req_2.0'])
  })

  it.each([
    ['no longer open', `UPDATE dead_letters SET sealed = x'0102' WHERE sealed IS NOT NULL`],
    ['have lost their object', `UPDATE dead_letters SET attempts = 4`],
  ])('that were listed and %s do not hold up the erasure', async (_what, sql) => {
    await letter(1, contentsOf([await bounce(ADA, 1)]))
    await letter(2, contentsOf([await bounce(ADA, 1)]), 'stored')
    expect(await countsOf(ADA)).toMatchObject([{}, { count: 2 }])
    await env.STORE.exec(sql)
    await env.LARGE.delete('large/2')
    await erase(ADA)
    const isOpen = sql.includes('attempts')
    expect(await letterIds()).toEqual(isOpen ? ['req_2.0'] : ['req_1.0', 'req_2.0'])
    expect(await countsOf(ADA)).toMatchObject([{}, { count: 0 }])
  })

  it('that failed before the erasure were received before it, whatever the clock of the gateway says', async () => {
    await letter(
      1,
      contentsOf([await bounce(ADA, 1)], [], { received_at: new Date(ERASED_MS + 60_000).toISOString() }),
    )
    await env.STORE.prepare('UPDATE dead_letters SET first_failed_at = ?1')
      .bind(ERASED_MS - 1)
      .run()
    await erase(ADA)
    expect(await letterIds()).toEqual([])
  })

  it.each([
    ['some', 0],
    ['more than are listed', 10_100],
  ])(
    'that name %s people lose the events of one who was erased meanwhile in the next night',
    async (_how, others) => {
      await erase(ADA)
      const crowd = quarantinedItem(Array.from({ length: others }, (_, i) => `u${i}@example.com`).join())
      const contents = contentsOf([await bounce(ADA, 1), await bounce(BOB, 2)], others > 0 ? [crowd] : [])
      const message = new TestMessage(await inlineEnvelope(contents), { attempts: 100 })
      const broken = { ...store, db: failingOn(store.db, 'segments') }
      await consume(batchOf([message]), { ...consumerDeps(store), store: broken }, readOwn, DEAD_LETTER_QUEUE)
      expect(message.settled).toBe('acked')
      expect(await rowsOf('SELECT people FROM dead_letters')).toEqual([{ people: null }])
      await night()
      expect((await contentsOfLetter('req_1.0'))?.events.map(({ recipient }) => recipient)).toEqual([BOB])
    },
  )
})

/** A database that refuses transactions with a statement about a table. */
const failingOn = (db: D1Database, table: string): D1Database => {
  const refused = new WeakSet<D1PreparedStatement>()
  return {
    prepare(sql: string) {
      const statement = db.prepare(sql)
      const bind = statement.bind.bind(statement)
      if (sql.includes(`INTO ${table}`)) {
        refused.add(statement)
        statement.bind = (...values: unknown[]) => {
          const bound = bind(...values)
          refused.add(bound)
          return bound
        }
      }
      return statement
    },
    batch: (statements: D1PreparedStatement[]) =>
      statements.some((one) => refused.has(one)) ? Promise.reject(new Error('D1')) : db.batch(statements),
  } as unknown as D1Database
}

describe('an erasure', () => {
  const fill = async () => {
    await quarantine(`{"to":"${ADA}"}`, { request_id: 'ada' })
    await quarantine(`{"to":"${BOB}"}`, { request_id: 'bob' })
    await letter(1, contentsOf([await bounce(ADA, 1), await bounce(BOB, 2)]))
    await letter(2, contentsOf([await bounce(ADA, 3)]), 'stored')
    await letter(3, contentsOf([await bounce(ADA, 4), await bounce(BOB, 5)]), 'stored')
    await forgetPeople()
  }
  const isErased = async () => {
    expect(await quarantined()).toEqual(['bob'])
    expect(await countOf('quarantine_parts')).toBe(1)
    expect(await letterIds()).toEqual(['req_1.0', 'req_3.0'])
    for (const id of ['req_1.0', 'req_3.0'])
      expect((await contentsOfLetter(id))?.events.map(({ recipient }) => recipient)).toEqual([BOB])
  }

  it('ends alike after a death before and after each call to the database', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let died = true, at = 1; died; at++) {
        store = await emptyStore()
        list = []
        await fill()
        died = false
        const dying = hooked(store, async (then, call) => {
          if (then === when && call === at) {
            died = true
            throw new Error('died')
          }
        })
        await erase(ADA, dying).catch(() => undefined)
        await erase(ADA)
        await isErased()
      }
    }
  })

  it('ends alike if two run at once', async () => {
    await fill()
    await Promise.all([erase(ADA), erase(ADA)])
    await isErased()
  })
})
