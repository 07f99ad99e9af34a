/** Runs outbox tasks, a few at a time, each with its own timeout. */
import type { MailEvent } from '../event/mail-event.ts'
import { faultName } from '../platform/log.ts'
import type { Committed } from './commit.ts'
import type { ConsumerDeps } from './deps.ts'
import type { OutsideHandler } from './handlers/handler.ts'
import { type OutboxTask, type OpenTask, closeTasks } from './outbox.ts'
import { DONE, type Failure, type Job, type Settlement } from './settlement.ts'

/** The timeout of one handler run. */
export const HANDLER_TIMEOUT_MS = 5_000

/** The platform allows six open connections. One is left for D1. */
const AT_ONCE = 5

/** The handler did not finish in time. */
class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout'
}

/**
 * Runs the open tasks of jobs whose events are stored. A job is done when none of its tasks is left.
 *
 * @throws whatever D1 throws if the result cannot be stored. The tasks run again then, with the same idempotency key.
 */
export async function runOutside(
  jobs: readonly Job[],
  committed: Committed,
  deps: ConsumerDeps,
): Promise<readonly Settlement[]> {
  if (committed.open.length === 0) return jobs.map(() => DONE)

  const events = new Map(jobs.flatMap(({ contents }) => contents.events.map((event) => [event.id, event])))
  const failures = new Map<string, Failure>()
  const done: OutboxTask[] = []
  const failed: OutboxTask[] = []
  await pooled(committed.open, async (task) => {
    const failure = await runOne(task, events.get(task.eventId), committed, deps)
    if (failure === undefined) done.push(task)
    else {
      failures.set(task.eventId, failure)
      if (task.isLeased) failed.push(task)
    }
  })
  if (done.length + failed.length > 0) await closeTasks(deps, done, failed, committed.lease)
  return jobs.map(({ contents }) => {
    const first = contents.events.find(({ id }) => failures.has(id))
    return failures.get(first?.id ?? '') ?? DONE
  })
}

async function runOne(
  { handler, isLeased }: OpenTask,
  event: MailEvent | undefined,
  { lease }: Committed,
  deps: ConsumerDeps,
): Promise<Failure | undefined> {
  const failed = (fault: string): Failure => ({ kind: 'again', reason: 'handler_failed', handler, fault })
  if (!isLeased) return failed('LeasedElsewhere')
  if (deps.nowMs() > lease.untilMs - HANDLER_TIMEOUT_MS) return failed('LeaseEnding')
  const known = deps.outsideHandlers.find(({ name }) => name === handler)
  if (known === undefined || event === undefined) return failed('HandlerUnknown')
  try {
    await withinTime(known, event, deps)
    return undefined
  } catch (cause) {
    return failed(faultName(cause))
  }
}

/** Times out even if the handler ignores its signal. */
async function withinTime(handler: OutsideHandler, event: MailEvent, deps: ConsumerDeps): Promise<void> {
  const abort = new AbortController()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new HandlerTimeout('the handler did not finish in time'))
    abort.abort()
  }, HANDLER_TIMEOUT_MS)
  try {
    const context = { fetch: deps.fetch, vars: deps.vars, idempotencyKey: event.id, signal: abort.signal }
    await Promise.race([handler.run(event, context), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Processes all items, at most {@link AT_ONCE} at a time. */
async function pooled<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const worker = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
