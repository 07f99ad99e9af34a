/** The consumer's dependencies in tests: the real store and bucket, a fixed clock, a recorded log. */
import { env } from 'cloudflare:workers'
import type { ConsumerDeps } from '../../src/consumer/deps.ts'
import type { StoreHandler } from '../../src/consumer/handlers/handler.ts'
import { STORE_HANDLERS } from '../../src/consumer/handlers/index.ts'
import { type ReadEnvelope, readOwn } from '../../src/consumer/open.ts'
import { consume } from '../../src/consumer/consume.ts'
import { DEAD_LETTER_QUEUE } from '../../src/consumer/retry.ts'
import type { DeliveryFacts, QueuedEvent } from '../../src/event/envelope.ts'
import type { LogFields } from '../../src/platform/log.ts'
import type { Store } from '../../src/store/store.ts'
import { DAY_MS, NOON_MS, contentsOf } from './mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope, queueSealer } from './queue.ts'

export const NOW_MS = NOON_MS + 2 * DAY_MS

export interface TestDeps extends ConsumerDeps {
  readonly lines: LogFields[]
}

export function consumerDeps(store: Store, changes: Partial<ConsumerDeps> = {}): TestDeps {
  const lines: LogFields[] = []
  return {
    store,
    large: env.LARGE,
    queueSealer,
    storeHandlers: STORE_HANDLERS,
    vars: () => undefined,
    hint: () => undefined,
    noteStore: () => undefined,
    erasures: { newest: async () => 0, begin: async () => undefined },
    isBackfilled: async () => false,
    nowMs: () => NOW_MS,
    jitter: () => 0,
    log: (fields) => void lines.push(fields),
    lines,
    ...changes,
  }
}

/** Consumes events as one message. */
export async function consumeEvents(
  deps: ConsumerDeps,
  events: readonly QueuedEvent[],
  key = `req_${crypto.randomUUID()}/0`,
  facts: Partial<DeliveryFacts> = {},
): Promise<TestMessage> {
  const source = events[0]?.source ?? 'shop'
  const message = new TestMessage(await inlineEnvelope(contentsOf(events, [], { source, ...facts }), key))
  await consume(batchOf([message]), deps)
  return message
}

/** Consumes messages of a dead letter queue while the store takes no event. */
export const deadLetter = (
  messages: readonly Message[],
  deps: ConsumerDeps,
  readEnvelope: ReadEnvelope = readOwn,
): Promise<void> =>
  consume(
    batchOf(messages, 'postern-dead'),
    { ...deps, storeHandlers: [REFUSES] },
    readEnvelope,
    DEAD_LETTER_QUEUE,
  )

const REFUSES: StoreHandler = {
  name: 'refuses',
  types: 'all',
  statements: () => {
    throw new RangeError('the store takes no event')
  },
}
