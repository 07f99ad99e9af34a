import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { readOwn } from '../../src/consumer/open.ts'
import { consume } from '../../src/consumer/consume.ts'
import { ATTEMPTS_MAX, DEAD_LETTER_QUEUE, FIRST_QUEUE, retryDelaySeconds } from '../../src/consumer/retry.ts'
import { type Envelope, sealContents } from '../../src/event/envelope.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { newMasterKey, readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'
import { listDeadLetters, readDeadLetters, removeDeadLetter } from '../../src/store/dead-letters.ts'
import { listEvents } from '../../src/store/events.ts'
import { readQuarantine, listQuarantine } from '../../src/store/quarantine.ts'
import type { Store } from '../../src/store/store.ts'
import { type TestDeps, consumerDeps, deadLetter } from '../support/consumer.ts'
import { AFTER_ALL_MS, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { TestMessage, asSent, batchOf, inlineEnvelope, queueSealer, sealed } from '../support/queue.ts'
import { strayIn } from '../support/log-lines.ts'
import { refusingD1 } from '../support/refusing-d1.ts'
import { countOf, emptyStore, storedEvents } from '../support/store.ts'

let store: Store
let deps: TestDeps

beforeEach(async () => {
  store = await emptyStore()
  deps = consumerDeps(store)
})

const delivered = (nr = 0) => mailEvent({ type: 'email.delivered', atMs: NOON_MS, nr })
const envelopeFor = async (...events: MailEvent[]) =>
  inlineEnvelope(contentsOf(events), `req_${events[0]?.id}/0`)

/** Consumes bodies as one batch and returns how each message was settled. */
async function settlements(bodies: readonly unknown[], attempts = 1, context = deps) {
  const messages = bodies.map((body, i) => new TestMessage(body, { id: `id-${i}`, attempts }))
  await consume(batchOf(messages), context)
  return messages.map(({ settled }) => settled)
}

const reasons = async () =>
  (await listDeadLetters(store, { limit: 50 })).dead_letters.map(({ reason }) => reason)

const sealedText = (text: string, key: string) => queueSealer.seal(utf8(text), key)
const inline = async (sealed: Promise<Uint8Array>, key = 'req_9/0'): Promise<Envelope> => ({
  version: 1,
  source: 'shop',
  key,
  kind: 'inline',
  sealed: await sealed,
})

const changed = async (change: object) => ({ ...(await envelopeFor(await delivered())), ...change })

/** Messages that cannot be processed, one change at a time. */
const UNPROCESSABLE: readonly (readonly [what: string, body: () => Promise<unknown>, reason: string])[] = [
  ['nothing', async () => null, 'envelope_malformed'],
  ['text', async () => 'hello', 'envelope_malformed'],
  ['no version', () => changed({ version: undefined }), 'envelope_malformed'],
  ['version 0', () => changed({ version: 0 }), 'envelope_malformed'],
  ['a version as text', () => changed({ version: '2' }), 'envelope_malformed'],
  ['an unknown kind', () => changed({ kind: 'raw' }), 'envelope_malformed'],
  ['contents that are text', () => changed({ sealed: 'AAAA' }), 'envelope_malformed'],
  ['contents of another message', () => changed({ key: 'req_other/0' }), 'seal_broken'],
  [
    'contents cut short',
    () => inline(sealed(contentsOf([]), 'req_9/0').then((b) => b.slice(0, -1))),
    'seal_broken',
  ],
  ['no contents', () => inline(Promise.resolve(new Uint8Array())), 'seal_broken'],
  ['contents that are no JSON', () => inline(sealedText('{', 'req_9/0')), 'contents_malformed'],
  ['contents of another form', () => inline(sealedText('{"events":[]}', 'req_9/0')), 'contents_malformed'],
  [
    'an event of another source',
    async () =>
      inlineEnvelope(contentsOf([await mailEvent({ type: 'email.sent', source: 'news' })]), 'req_9/0'),
    'contents_malformed',
  ],
  [
    'a large delivery whose object is gone',
    async () => ({ version: 1, source: 'shop', key: 'req_9/all', kind: 'stored', object: 'large/none' }),
    'contents_missing',
  ],
]

describe('a message that cannot be processed', () => {
  it.each(UNPROCESSABLE)(
    '%s: is dead-lettered at once with its reason, and affects no other message',
    async (_what, body, reason) => {
      const good = [await envelopeFor(await delivered(1)), await envelopeFor(await delivered(2))]
      expect(await settlements([good[0], await body(), good[1]])).toEqual(['acked', 'acked', 'acked'])
      expect(await reasons()).toEqual([reason])
      expect(await storedEvents()).toBe(2)
    },
  )

  it('of a newer version waits a day for the consumer to be deployed, and is dead-lettered if that takes longer', async () => {
    const body = { version: 2, source: 'shop', something: 'new' }
    expect(await settlements([body])).toEqual([{ delaySeconds: 10 }])
    expect(await settlements([body], ATTEMPTS_MAX)).toEqual([{ delaySeconds: 900 }])
    expect(await settlements([body], 100)).toEqual([{ delaySeconds: 900 }])
    expect(await countOf('dead_letters')).toBe(0)
    await deadLetter([new TestMessage(body)], deps)
    expect(await reasons()).toEqual(['version_unknown'])
  })

  it('sealed under a master key that the consumer does not have yet waits for it', async () => {
    const newer = sealer(readMasterKeys(newMasterKey().replace('v1:', 'v9:')), 'queue')
    const contents = contentsOf([await delivered()])
    const body = await inline(sealContents(contents, newer, 'req_9/0'))
    expect(await settlements([body])).toEqual([{ delaySeconds: 10 }])
    expect(await countOf('dead_letters')).toBe(0)
    expect(await settlements([body], ATTEMPTS_MAX)).toEqual([{ delaySeconds: 900 }])
    await deadLetter([new TestMessage(body)], deps)
    expect(await reasons()).toEqual(['key_version_unknown'])
    expect(await settlements([body], 1, { ...deps, queueSealer: newer })).toEqual(['acked'])
    expect(await storedEvents()).toBe(1)
  })
})

describe('a dependency that is down', () => {
  it.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 80],
    [7, 640],
    [8, 900],
    [9, 900],
    [40, 900],
  ])('after %i attempts the next waits %i seconds', (attempts, seconds) => {
    expect(retryDelaySeconds(FIRST_QUEUE, attempts, 0)).toBe(seconds)
    expect(retryDelaySeconds(FIRST_QUEUE, attempts, 0.999)).toBeGreaterThanOrEqual(seconds)
    expect(retryDelaySeconds(FIRST_QUEUE, attempts, 0.999)).toBeLessThanOrEqual(Math.min(900, seconds * 1.25))
  })

  const down = (what: Partial<Pick<D1Database, 'batch'>>): TestDeps =>
    consumerDeps({
      ...store,
      db: { prepare: (sql: string) => store.db.prepare(sql), ...what } as unknown as D1Database,
    })

  it('D1: every message is put back, none is lost, and none is dead-lettered even after many attempts', async () => {
    const dead = down({ batch: () => Promise.reject(new Error('D1_ERROR')) })
    const bodies = [await envelopeFor(await delivered(1)), await envelopeFor(await delivered(2)), 'malformed']
    const delays = [{ delaySeconds: 900 }, { delaySeconds: 900 }, { delaySeconds: 900 }]
    expect(await settlements(bodies, ATTEMPTS_MAX, dead)).toEqual(delays)
    expect(dead.lines.filter(({ event }) => event === 'message_retried')).toHaveLength(3)
    expect(await settlements(bodies)).toEqual(['acked', 'acked', 'acked'])
    expect(await storedEvents()).toBe(2)
  })

  it('the store, for each attempt: the dead letter has the types, the error and the time of the first failure', async () => {
    const events = await Promise.all([
      mailEvent({ type: 'email.opened', atMs: NOON_MS }),
      ...[1, 2].map(delivered),
    ])
    const timestamp = new Date(deps.nowMs() - 3_600_000)
    const message = new TestMessage(await envelopeFor(...events), { attempts: ATTEMPTS_MAX, timestamp })
    const hints: string[] = []
    const refusing = refusingD1(store.db, (values) => values.includes(events[0]?.id ?? ''))
    const hint = () => void hints.push('hint')
    await consume(batchOf([message]), consumerDeps({ ...store, db: refusing }, { hint }))
    expect((await listDeadLetters(store, { limit: 5 })).dead_letters).toMatchObject([
      {
        event_types: ['email.delivered', 'email.opened'],
        reason: 'store_failed',
        fault: 'Error',
        first_failed_at: timestamp.toISOString(),
        last_failed_at: new Date(deps.nowMs()).toISOString(),
      },
    ])
    expect(hints).toEqual([])
  })

  it('D1, for one message of a batch: the others commit; that one is retried, then dead-lettered', async () => {
    const events = await Promise.all([1, 2, 3, 4, 5].map(delivered))
    const poison = events[2]?.id ?? ''
    const refusing = refusingD1(store.db, (values) => values.includes(poison))
    const context = consumerDeps({ ...store, db: refusing })
    const bodies = await Promise.all(events.map((event) => envelopeFor(event)))
    expect(await settlements(bodies, 1, context)).toEqual([
      'acked',
      'acked',
      { delaySeconds: 10 },
      'acked',
      'acked',
    ])
    expect((await listEvents(store, { limit: 9 }, AFTER_ALL_MS)).events.map(({ id }) => id).sort()).toEqual(
      events
        .map(({ id }) => id)
        .filter((id) => id !== poison)
        .sort(),
    )
    expect(await settlements([bodies[2]], ATTEMPTS_MAX, context)).toEqual(['acked'])
    expect(await reasons()).toEqual(['store_failed'])
  })

  it('D1 that hangs: after a minute of halving, the rest is put back', async () => {
    let nowMs = 0
    const slow = {
      ...down({
        async batch() {
          nowMs += 25_000
          throw new Error('D1_ERROR: timeout')
        },
      }),
      nowMs: () => nowMs,
    }
    const bodies = await Promise.all([1, 2, 3, 4, 5, 6].map(async (nr) => envelopeFor(await delivered(nr))))
    expect(await settlements(bodies, 1, slow)).toEqual(bodies.map(() => ({ delaySeconds: 10 })))
    expect(nowMs).toBeLessThanOrEqual(5 * 25_000)
  })

  it('R2: a large delivery is put back, and the others are not', async () => {
    const context = {
      ...deps,
      large: {
        get: () => Promise.reject(new Error('R2')),
        put: () => Promise.reject(new Error('R2')),
        delete: async () => undefined,
      },
    }
    const pointer = { version: 1, source: 'shop', key: 'req_9/all', kind: 'stored', object: 'large/x' }
    expect(await settlements([pointer, await envelopeFor(await delivered())], 2, context)).toEqual([
      { delaySeconds: 20 },
      'acked',
    ])
    expect(await settlements([pointer], ATTEMPTS_MAX, context)).toEqual(['acked'])
    expect(await reasons()).toEqual(['contents_unavailable'])
  })
})

describe('large deliveries', () => {
  const pointer: Envelope = {
    version: 1,
    source: 'shop',
    key: 'req_7/all',
    kind: 'stored',
    object: 'large/7',
  }
  const put = async (events: readonly MailEvent[]) =>
    env.LARGE.put('large/7', await sealed(contentsOf(events), 'req_7/all'))

  it('are stored completely, in several transactions if needed, and their object is deleted', async () => {
    const events = await Promise.all(
      Array.from({ length: 2_300 }, (_, nr) =>
        mailEvent({ type: 'email.opened', atMs: NOON_MS + nr, nr, recipient: `p${nr % 40}@example.com` }),
      ),
    )
    await put(events)
    expect(await settlements([pointer])).toEqual(['acked'])
    expect(await storedEvents()).toBe(2_300)
    expect(await env.LARGE.head('large/7')).toBeNull()
    // A second copy of the message finds no object, and the delivery recorded as stored.
    expect(await settlements([pointer])).toEqual(['acked'])
    expect(await countOf('dead_letters')).toBe(0)
  })

  it('keep their object when they are dead-lettered', async () => {
    await put([await mailEvent({ type: 'email.sent', source: 'news' })])
    expect(await settlements([pointer])).toEqual(['acked'])
    expect(await reasons()).toEqual(['contents_malformed'])
    expect(await env.LARGE.head('large/7')).not.toBeNull()
    expect((await readDeadLetters(store, {}, 5)).map(({ envelope }) => envelope)).toEqual([pointer])
  })

  it('whose object cannot be deleted are acknowledged in the end', async () => {
    await put([await delivered()])
    const context = {
      ...deps,
      large: {
        get: env.LARGE.get.bind(env.LARGE),
        put: env.LARGE.put.bind(env.LARGE),
        delete: () => Promise.reject(new Error('R2')),
      },
    }
    expect(await settlements([pointer], 1, context)).toEqual([{ delaySeconds: 10 }])
    expect(await settlements([pointer], ATTEMPTS_MAX, context)).toEqual(['acked'])
    expect(await storedEvents()).toBe(1)
    expect(await countOf('dead_letters')).toBe(0)
  })
})

describe('what D1 cannot store in one row', () => {
  it('is an event of a megabyte: it is stored in quarantine, and the others in the store', async () => {
    const huge = await mailEvent({
      type: 'email.inbound',
      atMs: NOON_MS,
      nr: 1,
      metadata: { text: 'é'.repeat(2_000_000) },
    })
    const large = await mailEvent({
      type: 'email.inbound',
      atMs: NOON_MS,
      nr: 2,
      metadata: { text: 'x'.repeat(890_000) },
    })
    const small = await delivered(3)
    await env.LARGE.put('large/7', await sealed(contentsOf([huge, large, small]), 'req_7/all'))
    const body = { version: 1, source: 'shop', key: 'req_7/all', kind: 'stored', object: 'large/7' }
    expect(await settlements([body])).toEqual(['acked'])
    expect((await listEvents(store, { limit: 5 }, AFTER_ALL_MS)).events.map(({ id }) => id).sort()).toEqual(
      [large.id, small.id].sort(),
    )
    const [entry] = (await listQuarantine(store, { limit: 5 })).quarantine
    expect(entry).toMatchObject({
      problem: 'event_too_large',
      item: true,
      bytes: utf8(JSON.stringify(huge)).byteLength,
    })
    const whole = await readQuarantine(store, entry?.id ?? '')
    expect(JSON.parse(Buffer.from(whole?.quarantined.body ?? '', 'base64').toString('utf8'))).toEqual(
      await asSent(huge),
    )
  })
})

describe('dead letters', () => {
  it('stay sealed and can be redriven, one or all', async () => {
    const events = await Promise.all([1, 2, 3].map(delivered))
    const bodies = await Promise.all(events.map((event) => envelopeFor(event)))
    const messages = bodies.map((body) => new TestMessage(body))
    await deadLetter([...messages, new TestMessage({ odd: true }, { id: 'odd' })], deps)
    expect(messages.map(({ settled }) => settled)).toEqual(['acked', 'acked', 'acked'])
    expect((await reasons()).sort()).toEqual([
      'envelope_malformed',
      ...Array.from({ length: 3 }, () => 'store_failed'),
    ])

    const all = await readDeadLetters(store, {}, 10)
    // A message that was not an envelope cannot be redriven.
    expect(all.map(({ envelope }) => envelope)).toEqual(expect.arrayContaining(bodies))
    expect(all).toHaveLength(3)
    const [first] = all
    expect(await readDeadLetters(store, [first?.id ?? '', 'no such id'], 10)).toEqual([first])
    expect((await readDeadLetters(store, ['msg_odd'], 10)).map(({ envelope }) => envelope)).toEqual([
      undefined,
    ])

    expect(await settlements(all.map(({ envelope }) => envelope))).toEqual(['acked', 'acked', 'acked'])
    expect(await storedEvents()).toBe(3)
    for (const { id } of all) expect(await removeDeadLetter(store, id)).toBe(true)
    expect(await removeDeadLetter(store, first?.id ?? '')).toBe(false)
  })

  it('are one for a message that is dead-lettered again, with both times', async () => {
    const body = await envelopeFor(await delivered())
    const timestamp = new Date(deps.nowMs() - 60_000)
    await deadLetter([new TestMessage(body, { attempts: 2, timestamp })], deps)
    const later = { ...deps, nowMs: () => deps.nowMs() + 5_000 }
    await deadLetter([new TestMessage(body, { attempts: 3, timestamp: new Date(deps.nowMs()) })], later)
    const { dead_letters } = await listDeadLetters(store, { limit: 5 })
    expect(dead_letters).toEqual([
      {
        id: body.key.replace('/', '.'),
        source: 'shop',
        event_types: ['email.delivered'],
        reason: 'store_failed',
        fault: 'RangeError',
        attempts: 3,
        first_failed_at: new Date(deps.nowMs() - 60_000).toISOString(),
        last_failed_at: new Date(deps.nowMs() + 5_000).toISOString(),
      },
    ])
  })

  it('of the dead letter queue are put back while D1 is down', async () => {
    const context = consumerDeps({
      ...store,
      db: {
        prepare: (sql: string) => store.db.prepare(sql),
        batch: () => Promise.reject(new Error()),
      } as unknown as D1Database,
    })
    const message = new TestMessage('odd', { attempts: 90 })
    await deadLetter([message], context)
    expect(message.settled).toEqual({ delaySeconds: 4 * 3_600 })
  })

  it('are not made of what the store takes by now', async () => {
    const message = new TestMessage(await envelopeFor(await delivered()), { attempts: 30 })
    await consume(batchOf([message], 'postern-dead'), deps, readOwn, DEAD_LETTER_QUEUE)
    expect(message.settled).toBe('acked')
    expect(await storedEvents()).toBe(1)
    expect(await reasons()).toEqual([])
  })
})

describe('a batch', () => {
  const full = new Error('D1_ERROR: Exceeded maximum DB size')

  it.each<[string, (values: string, ids: readonly string[]) => boolean, Error, (string | null)[]]>([
    ['takes all of it', () => false, new Error('down'), [null]],
    ['takes a part of it', (values, [id = '']) => values.includes(id), new Error('down'), [null]],
    [
      'refuses it, and takes other things',
      (values, ids) => ids.some((id) => values.includes(id)),
      new Error('down'),
      [],
    ],
    ['takes nothing', () => true, new RangeError('down'), ['RangeError']],
    ['is full, and takes small things', (values) => !values.includes('req_a.0'), full, ['DatabaseFull']],
  ])('says once what the store does: it %s', async (_what, refuses, fault, expected) => {
    const noted: (string | null)[] = []
    const events = await Promise.all([0, 1].map(delivered))
    const ids = events.map(({ id }) => id)
    const db = refusingD1(store.db, (values) => refuses(values, ids), fault)
    const context = consumerDeps({ ...store, db }, { noteStore: (one) => void noted.push(one) })
    const bodies = await Promise.all(
      events.map((event, i) => inlineEnvelope(contentsOf([event]), `req_${'ab'[i]}/0`)),
    )
    await settlements(bodies, 1, context)
    expect(noted).toEqual(expected)
  })

  it('wakes the readers if it stored events, and not if all were copies', async () => {
    const hints: number[] = []
    const context = consumerDeps(store, { hint: () => void hints.push(1) })
    const body = await envelopeFor(await delivered())
    await settlements([body], 1, context)
    expect(hints).toHaveLength(1)
    await settlements([body, 'malformed'], 1, context)
    expect(hints).toHaveLength(1)
  })

  it('throws only if a message could not be put back, since returning would acknowledge it', async () => {
    const stuck = new TestMessage(await envelopeFor(await delivered(1)))
    stuck.retry = () => {
      throw new Error('gone')
    }
    const other = new TestMessage(await envelopeFor(await delivered(2)))
    const { id } = await delivered(1)
    const context = consumerDeps({ ...store, db: refusingD1(store.db, (values) => values.includes(id)) })
    await expect(consume(batchOf([stuck, other]), context)).rejects.toThrow('messages could not be put back')
    expect(other.settled).toBe('acked')
  })

  it('of nothing does nothing', async () => {
    await consume(batchOf([]), deps)
    expect(deps.lines).toMatchObject([{ event: 'batch_consumed', count: 0, accepted: 0 }])
  })

  it('has one line with the ids of the deliveries that are stored, each once', async () => {
    const bodies = await Promise.all(
      [1, 2].map(async (nr) =>
        inlineEnvelope(contentsOf([await delivered(nr)], [], { request_id: `req_${nr}` }), `req_${nr}/0`),
      ),
    )
    await settlements([...bodies, bodies[0], null])
    const [retried, line] = deps.lines
    expect(retried).toMatchObject({ event: 'message_dead_lettered' })
    expect(line).toEqual({
      event: 'batch_consumed',
      request_ids: ['req_1', 'req_2'],
      count: 4,
      accepted: 2,
      duplicates: 1,
      duration_ms: 0,
    })
    expect(deps.lines.flatMap(strayIn)).toEqual([])
  })

  it('may be larger than a group in memory', async () => {
    const events = await Promise.all(
      Array.from({ length: 25 }, (_, nr) =>
        mailEvent({ type: 'email.opened', atMs: NOON_MS, nr, user_agent: 'x'.repeat(100_000) }),
      ),
    )
    const bodies = await Promise.all(events.map((event) => envelopeFor(event)))
    expect(await settlements(bodies)).toEqual(bodies.map(() => 'acked'))
    expect(await storedEvents()).toBe(25)
  })
})
