import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ConsumerDeps } from '../../../src/consumer/deps.ts'
import type { HandlerContext, OutsideHandler } from '../../../src/consumer/handlers/handler.ts'
import { LEASE_MS } from '../../../src/consumer/outbox.ts'
import { consume } from '../../../src/consumer/receive.ts'
import { ATTEMPTS_MAX } from '../../../src/consumer/retry.ts'
import { HANDLER_TIMEOUT_MS } from '../../../src/consumer/run-outside.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { listDeadLetters, readDeadLetters } from '../../../src/store/dead-letters.ts'
import type { Store } from '../../../src/store/store.ts'
import { NOW_MS, type TestDeps, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, contentsOf, mailEvent } from '../../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../../support/queue.ts'
import { countOf, emptyStore, storedEvents } from '../../support/store.ts'

let store: Store
let nowMs: number

beforeEach(async () => {
  store = await emptyStore()
  nowMs = NOW_MS
})

/** A handler that records its runs, and fails while `fails` is true. */
function noting(name: string, appliesTo: OutsideHandler['appliesTo'] = () => true) {
  const runs: string[] = []
  const handler = {
    runs,
    fails: false,
    name,
    appliesTo,
    async run(event: MailEvent, context: HandlerContext) {
      expect(context.idempotencyKey).toBe(event.id)
      runs.push(event.id)
      if (handler.fails) throw new RangeError('ada@example.com could not be entries')
    },
  }
  return handler
}

const withHandlers = (...outsideHandlers: OutsideHandler[]): TestDeps =>
  consumerDeps(store, { outsideHandlers, nowMs: () => nowMs })

async function deliver(deps: ConsumerDeps, events: readonly MailEvent[], attempts = 1) {
  const message = new TestMessage(await inlineEnvelope(contentsOf(events), 'req_5/0'), {
    id: 'id-5',
    attempts,
  })
  await consume(batchOf([message]), deps)
  return message.settled
}

const clicked = (nr: number) => mailEvent({ type: 'email.clicked', atMs: NOON_MS + nr, nr })

describe('an outside handler', () => {
  it('runs once for each event that it applies to, and costs nothing for the others', async () => {
    const some = noting('some', ({ type }) => type === 'email.bounced')
    const bounced = await mailEvent({ type: 'email.bounced', bounce_type: 'hard', atMs: NOON_MS })
    const events = [await clicked(1), bounced, await clicked(2)]
    for (let i = 0; i < 3; i++) expect(await deliver(withHandlers(some), events)).toBe('acked')
    expect(some.runs).toEqual([bounced.id])
    expect(await countOf('outbox')).toBe(0)
  })

  it('that failed is run again alone: for its events only, and no other handler with it', async () => {
    const [good, bad] = [noting('good'), noting('bad', (event) => event.id !== first.id)]
    const [first, second] = [await clicked(1), await clicked(2)]
    bad.fails = true
    expect(await deliver(withHandlers(good, bad), [first, second])).toEqual({ delaySeconds: 10 })
    expect(await storedEvents()).toBe(2)
    expect(await countOf('outbox')).toBe(1)
    expect(await deliver(withHandlers(good, bad), [first, second], 2)).toEqual({ delaySeconds: 20 })
    bad.fails = false
    expect(await deliver(withHandlers(good, bad), [first, second], 3)).toBe('acked')
    expect(await deliver(withHandlers(good, bad), [first, second], 4)).toBe('acked')
    expect(good.runs.sort()).toEqual([first.id, second.id].sort())
    expect(bad.runs).toEqual([second.id, second.id, second.id])
  })

  it('that keeps failing: the message is dead-lettered with its name, and a redrive runs only the tasks that are left', async () => {
    const bad = noting('bad')
    bad.fails = true
    const deps = withHandlers(bad)
    const event = await clicked(1)
    expect(await deliver(deps, [event], ATTEMPTS_MAX)).toBe('acked')
    expect((await listDeadLetters(store, { limit: 5 })).dead_letters).toMatchObject([
      { reason: 'handler_failed', handler: 'bad', attempts: ATTEMPTS_MAX, source: 'shop' },
    ])
    expect(JSON.stringify(deps.lines)).toContain('RangeError')
    expect(JSON.stringify(deps.lines)).not.toContain('ada@')

    bad.fails = false
    const [letter] = await readDeadLetters(store, 'all', 5)
    const again = new TestMessage(letter?.envelope)
    await consume(batchOf([again]), deps)
    expect(again.settled).toBe('acked')
    expect(bad.runs).toEqual([event.id, event.id])
    expect(await countOf('outbox')).toBe(0)
  })

  it('touches no other message of the batch', async () => {
    const [one, two] = [await clicked(1), await clicked(2)]
    const bad = noting('bad', ({ id }) => id === one.id)
    bad.fails = true
    const messages = await Promise.all(
      [one, two].map(
        async (event) => new TestMessage(await inlineEnvelope(contentsOf([event]), `req_${event.id}/0`)),
      ),
    )
    await consume(batchOf(messages), withHandlers(bad))
    expect(messages.map(({ settled }) => settled)).toEqual([{ delaySeconds: 10 }, 'acked'])
  })

  it('is not run by two consumers at once', async () => {
    const started = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const slow = noting('slow')
    const run = slow.run.bind(slow)
    slow.run = async (event, context) => {
      await run(event, context)
      started.resolve()
      await release.promise
    }
    const event = await clicked(1)
    const first = deliver(withHandlers(slow), [event])
    await started.promise
    expect(await deliver(withHandlers(slow), [event], 2)).toEqual({ delaySeconds: 20 })
    release.resolve()
    expect(await first).toBe('acked')
    expect(await deliver(withHandlers(slow), [event], 3)).toBe('acked')
    expect(slow.runs).toEqual([event.id])
  })

  it('of a consumer that died is taken over after its lease has ended', async () => {
    const handler = noting('dies')
    const event = await clicked(1)
    const dead = withHandlers(handler)
    let calls = 0
    const db = {
      prepare: (sql: string) => store.db.prepare(sql),
      batch: (statements: D1PreparedStatement[]) =>
        ++calls > 2 ? Promise.reject(new Error('dead')) : store.db.batch(statements),
    } as unknown as D1Database
    await deliver({ ...dead, store: { ...store, db } }, [event])
    expect(await deliver(dead, [event], 2)).toEqual({ delaySeconds: 20 })
    nowMs += LEASE_MS
    expect(await deliver(dead, [event], 3)).toBe('acked')
    expect(handler.runs).toEqual([event.id, event.id])
  })

  it('that does not finish is aborted at its timeout, and the log says so', async () => {
    vi.useFakeTimers()
    try {
      const aborted = vi.fn<() => void>()
      const stuck: OutsideHandler = {
        name: 'stuck',
        appliesTo: () => true,
        run: (_event, { signal }) => {
          signal.addEventListener('abort', aborted)
          return new Promise(() => undefined)
        },
      }
      const deps = withHandlers(stuck)
      const settled = deliver(deps, [await clicked(1)])
      await vi.waitFor(async () => {
        await vi.advanceTimersByTimeAsync(HANDLER_TIMEOUT_MS)
        expect(aborted).toHaveBeenCalled()
      }, 20_000)
      expect(await settled).toEqual({ delaySeconds: 10 })
      expect(deps.lines).toMatchObject([{ fault: 'HandlerTimeout', handler: 'stuck' }, {}])
    } finally {
      vi.useRealTimers()
    }
  })

  it('that throws in appliesTo does not stop the event', async () => {
    const broken = noting('broken', () => {
      throw new Error('bug')
    })
    expect(await deliver(withHandlers(broken), [await clicked(1)])).toBe('acked')
    expect(await storedEvents()).toBe(1)
    expect(broken.runs).toHaveLength(1)
  })
})
