import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import { ATTEMPTS_MAX } from '../../src/consumer/retry.ts'
import type { Envelope } from '../../src/event/envelope.ts'
import { forgetLostRetries } from '../../src/store/retrying.ts'
import { storeState } from '../../src/store/state.ts'
import type { Store } from '../../src/store/store.ts'
import { NOW_MS, consumerDeps, deadLetter } from '../support/consumer.ts'
import { DAY_MS, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { refusingD1 } from '../support/refusing-d1.ts'
import { emptyStore } from '../support/store.ts'

let store: Store
let envelope: Envelope
let eventId: string
let fails: boolean

/** D1 refuses the event while `fails` is set. */
const refusing = (db = store.db) => ({
  ...store,
  db: refusingD1(db, (values) => fails && values.includes(eventId)),
})

beforeEach(async () => {
  store = await emptyStore()
  const event = await mailEvent({ type: 'email.delivered', atMs: NOON_MS })
  eventId = event.id
  envelope = await inlineEnvelope(contentsOf([event]), 'req_1/0')
  fails = true
})

const retrying = async (nowMs = NOW_MS) =>
  (await storeState(store, { archives: false, eventDays: null }, nowMs)).retrying

const attempt = (attempts: number, nowMs = NOW_MS, body: unknown = envelope) =>
  consume(
    batchOf([new TestMessage(body, { id: 'id-1', attempts })]),
    consumerDeps(refusing(), { nowMs: () => nowMs }),
  )

const GROUP = {
  source: 'shop',
  reason: 'store_failed',
  fault: 'Error',
  messages: 1,
  sinceMs: NOW_MS,
}

describe('a message that is put back', () => {
  beforeEach(() => attempt(1))

  it('is counted with the reason and the time of its first failure', async () => {
    expect(await retrying()).toEqual([GROUP])
    await attempt(2, NOW_MS + 60_000)
    expect(await retrying()).toEqual([GROUP])
  })

  it.each<[string, () => Promise<void>]>([
    [
      'it succeeds',
      async () => {
        fails = false
        await attempt(2, NOW_MS + 60_000)
      },
    ],
    ['it is dead-lettered', () => attempt(ATTEMPTS_MAX, NOW_MS + 60_000)],
    [
      'the platform gives it up, under another id',
      () => deadLetter([new TestMessage(envelope, { id: 'id-2', attempts: 2 })], consumerDeps(store)),
    ],
  ])('is no longer counted once %s', async (_what, settled) => {
    await settled()
    expect(await retrying()).toEqual([])
  })

  it('is forgotten once the queue cannot have it any more', async () => {
    const lastMs = NOW_MS + 14 * DAY_MS
    expect(await retrying(lastMs)).toEqual([GROUP])
    expect(await forgetLostRetries(store, lastMs)).toBe(0)
    expect(await retrying(lastMs + 60_000)).toEqual([])
    expect(await forgetLostRetries(store, lastMs + 60_000)).toBe(1)
  })
})

it('is no message that succeeds at once', async () => {
  fails = false
  await attempt(1)
  expect(await retrying()).toEqual([])
})

it('is counted without a source if it is not an envelope that this version reads', async () => {
  await attempt(1, NOW_MS, { ...envelope, version: 99 })
  expect(await retrying()).toMatchObject([{ source: null, reason: 'version_unknown', messages: 1 }])
})

it('that cannot be noted is put back all the same', async () => {
  const db = new Proxy(store.db, {
    get: (target, name) =>
      name === 'prepare'
        ? (sql: string) => {
            if (sql.includes('INTO retrying')) throw new RangeError('D1_ERROR')
            return target.prepare(sql)
          }
        : Reflect.get(target, name).bind(target),
  })
  const message = new TestMessage(envelope)
  const deps = consumerDeps(refusing(db))
  await consume(batchOf([message]), deps)
  expect(message.settled).toEqual({ delaySeconds: 10 })
  expect(deps.lines).toContainEqual({
    event: 'dependency_unavailable',
    message: 'retrying',
    fault: 'RangeError',
  })
})
