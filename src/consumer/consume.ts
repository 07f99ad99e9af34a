/** Consumes a batch of queue messages. Read this first. Each message is settled by itself. */
import type { Envelope } from '../event/envelope.ts'
import { DATABASE_FULL, faultName, requestIdsIn } from '../platform/log.ts'
import { commit } from './commit.ts'
import type { ConsumerDeps } from './deps.ts'
import { type Addressed, type ReadEnvelope, open, readOwn } from './open.ts'
import { FIRST_QUEUE, type RetryPolicy } from './retry.ts'
import { type PutBack, settle } from './settle.ts'
import { DONE, type Job, type QueueItem, type Settlement } from './settlement.ts'
import { type Retried, noteRetries } from '../store/retrying.ts'

/** Sealed bytes opened at once. They grow tenfold in memory, and an isolate has 128 MB. */
const GROUP_MAX_BYTES = 2_000_000

/** How long a failed batch is attempted in halves before the rest is put back. */
const HALVING_MAX_MS = 60_000

/**
 * Consumes a batch. It never throws for a malformed message or a failed dependency: such messages are put back or dead-lettered,
 * and no other is affected.
 *
 * @throws only if a message could not be put back: returning would acknowledge it
 */
export async function consume(
  batch: MessageBatch,
  deps: ConsumerDeps,
  readEnvelope: ReadEnvelope = readOwn,
  policy: RetryPolicy = FIRST_QUEUE,
): Promise<void> {
  const startedMs = deps.nowMs()
  const unsettled: unknown[] = []
  const retries = new Retries(deps)
  const end = async (item: QueueItem, settlement: Settlement): Promise<void> => {
    try {
      retries.add(item, await settle(item, settlement, deps, policy))
    } catch (cause) {
      unsettled.push(cause)
    }
  }
  let stored = 0
  let events = 0
  const processed: Processed[] = []
  const storedIds: string[] = []
  for (const sealed of await groupsOf(batch.messages, (message) => readEnvelope(message, deps), end)) {
    const jobs: Job[] = []
    for (const { message, envelope } of sealed) {
      const opened = await open(message, envelope, deps)
      if (opened.ok) jobs.push(opened.job)
      else await end({ message, envelope }, opened.settlement)
    }
    const group = await process(jobs, deps)
    if (group.stored > 0 || jobs.some(({ contents }) => contents.request !== undefined)) deps.hint()
    for (const [i, job] of jobs.entries()) await end(job, group.settlements[i] ?? OUT_OF_TIME)
    for (const [i, { contents }] of jobs.entries())
      if (group.settlements[i]?.kind === 'done') storedIds.push(contents.delivery.request_id)
    stored += group.stored
    processed.push(group)
    events += jobs.reduce((sum, { contents }) => sum + contents.events.length, 0)
  }
  const unwritten = await retries.write()
  const store = storeAfter(processed, unwritten)
  if (store !== undefined) deps.noteStore(store)
  deps.log({
    event: 'batch_consumed',
    ...requestIdsIn(storedIds),
    count: batch.messages.length,
    accepted: stored,
    duplicates: events - stored || undefined,
    duration_ms: deps.nowMs() - startedMs,
  })
  if (unsettled.length > 0) throw new AggregateError(unsettled, 'messages could not be put back')
}

interface Sealed {
  readonly message: Message
  readonly envelope: Envelope
}

/** Messages that are opened together. A large delivery is a group by itself. Messages that are not envelopes are settled here. */
async function groupsOf(
  messages: readonly Message[],
  read: (message: Message) => Promise<Addressed>,
  end: (item: QueueItem, settlement: Settlement) => Promise<void>,
): Promise<readonly (readonly Sealed[])[]> {
  const large: Sealed[][] = []
  const groups: Sealed[][] = [[]]
  let bytes = 0
  for (const message of messages) {
    const addressed = await read(message)
    if (!addressed.ok) {
      await end({ message, envelope: undefined }, addressed.settlement)
      continue
    }
    const { envelope } = addressed
    if (envelope.kind === 'stored') {
      large.push([{ message, envelope }])
      continue
    }
    bytes += envelope.sealed.byteLength
    if (bytes > GROUP_MAX_BYTES) {
      groups.push([])
      bytes = envelope.sealed.byteLength
    }
    groups.at(-1)?.push({ message, envelope })
  }
  return [...groups, ...large].filter((group) => group.length > 0)
}

interface Processed {
  /** In the order of the jobs. */
  readonly settlements: readonly Settlement[]
  /** Events that were new. */
  readonly stored: number
}

/**
 * State of the store as one batch shows it: null if it accepted something, the name of the fault if it accepted nothing, undefined if
 * unknown. One message that cannot be stored is no fault of the store: then the list of retries was written.
 */
function storeAfter(
  processed: readonly Processed[],
  unwritten: string | undefined,
): string | null | undefined {
  const settlements = processed.flatMap((group) => group.settlements)
  if (settlements.some(({ kind }) => kind === 'done')) return null
  const failed = settlements.find((one) => one.kind === 'again')
  if (failed?.fault === DATABASE_FULL) return DATABASE_FULL
  return failed === undefined ? undefined : unwritten
}

const OUT_OF_TIME: Settlement = { kind: 'again', reason: 'store_failed', fault: 'OutOfTime' }

/**
 * Stores all jobs together. If that fails, it stores each half by itself, down to single messages, so that a message which cannot
 * be stored does not block the others. Halving takes few transactions; one for each message could exceed D1's limit of 1,000
 * statements.
 */
async function process(
  jobs: readonly Job[],
  deps: ConsumerDeps,
  untilMs = deps.nowMs() + HALVING_MAX_MS,
): Promise<Processed> {
  if (jobs.length === 0) return { settlements: [], stored: 0 }
  if (deps.nowMs() > untilMs) return { settlements: jobs.map(() => OUT_OF_TIME), stored: 0 }
  try {
    const stored = await commit(jobs, deps)
    return { settlements: jobs.map(() => DONE), stored }
  } catch (cause) {
    if (jobs.length === 1) return { settlements: [storeFailed(cause)], stored: 0 }
  }
  const half = Math.ceil(jobs.length / 2)
  const first = await process(jobs.slice(0, half), deps, untilMs)
  const second = await process(jobs.slice(half), deps, untilMs)
  return { settlements: [...first.settlements, ...second.settlements], stored: first.stored + second.stored }
}

const storeFailed = (cause: unknown): Settlement => ({
  kind: 'again',
  reason: 'store_failed',
  fault: faultName(cause),
})

/** Records which messages of a batch are being retried, for the health check. A message that succeeds at once writes nothing. */
class Retries {
  readonly #deps: ConsumerDeps
  readonly #retried: Retried[] = []
  readonly #settled: Pick<Retried, 'messageId' | 'envelope'>[] = []

  constructor(deps: ConsumerDeps) {
    this.#deps = deps
  }

  /** @param putBack undefined if the message was acknowledged */
  add({ message, envelope }: QueueItem, putBack: PutBack | undefined): void {
    const { id: messageId, attempts } = message
    if (putBack !== undefined) this.#retried.push({ messageId, envelope, attempts, ...putBack })
    else if (attempts > 1) this.#settled.push({ messageId, envelope })
  }

  /**
   * Never throws: the messages are settled already, and the list is for information only.
   *
   * @returns the name of the fault if the list could not be written
   */
  async write(): Promise<string | undefined> {
    const { store, nowMs, log } = this.#deps
    try {
      await noteRetries(store, this.#retried, this.#settled, nowMs())
      return undefined
    } catch (cause) {
      const fault = faultName(cause)
      log({ event: 'dependency_unavailable', message: 'retrying', fault })
      return fault
    }
  }
}
