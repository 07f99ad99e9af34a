/** A batch from the queue, top to bottom: read this first. Each message is settled alone. */
import type { Envelope } from '../event/envelope.ts'
import { faultName } from '../platform/log.ts'
import { commit } from './commit.ts'
import type { ConsumerDeps } from './deps.ts'
import { type Addressed, type ReadOutside, open, readOurs } from './open.ts'
import { runOutside } from './run-outside.ts'
import { settle } from './settle.ts'
import type { Job, QueueItem, Settlement } from './settlement.ts'

/** What is open in memory at once, of the 128 MB that an isolate has: sealed bytes grow tenfold on their way. */
const GROUP_MAX_BYTES = 2_000_000

/** How long a batch that failed is attempted in parts, before the rest waits for its next turn. */
const IN_PARTS_MS = 60_000

/**
 * Works off a batch. Never throws for what a message holds or for a dependency that is down: those messages are put back,
 * or buried, and no other is touched.
 *
 * @throws only when a message could not even be put back; returning would acknowledge it
 */
export async function consume(
  batch: MessageBatch,
  deps: ConsumerDeps,
  readOutside: ReadOutside = readOurs,
): Promise<void> {
  const startedMs = deps.nowMs()
  const unsettled: unknown[] = []
  const end = async (item: QueueItem, settlement: Settlement): Promise<void> => {
    await settle(item, settlement, deps).catch((cause: unknown) => unsettled.push(cause))
  }
  let stored = 0
  let events = 0
  for (const group of await groupsOf(batch.messages, (message) => readOutside(message, deps), end)) {
    const jobs: Job[] = []
    for (const { message, envelope } of group) {
      const opened = await open(message, envelope, deps)
      if (opened.ok) jobs.push(opened.job)
      else await end({ message, envelope }, opened.settlement)
    }
    const worked = await work(jobs, deps)
    for (const [i, job] of jobs.entries()) await end(job, worked.verdicts[i] ?? OUT_OF_TIME)
    stored += worked.stored
    events += jobs.reduce((sum, { contents }) => sum + contents.events.length, 0)
  }
  deps.log({
    event: 'batch_consumed',
    count: batch.messages.length,
    accepted: stored,
    duplicates: events - stored,
    duration_ms: deps.nowMs() - startedMs,
  })
  if (unsettled.length > 0) throw new AggregateError(unsettled, 'messages could not be put back')
}

interface Sealed {
  readonly message: Message
  readonly envelope: Envelope
}

/** Messages that are opened together. A large delivery is alone; what is no envelope ends here. */
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

interface Worked {
  /** How each job ends, in the order of the jobs. */
  readonly verdicts: readonly Settlement[]
  /** Events that were new. */
  readonly stored: number
}

const OUT_OF_TIME: Settlement = { kind: 'again', reason: 'store_failed', fault: 'OutOfTime' }

/**
 * Stores all jobs in one go; when that fails, each half by itself, down to single messages: one that cannot be stored holds
 * up no other. Halves find it in a few transactions, where one for each message could pass D1's 1,000 statements.
 */
async function work(
  jobs: readonly Job[],
  deps: ConsumerDeps,
  untilMs = deps.nowMs() + IN_PARTS_MS,
): Promise<Worked> {
  if (jobs.length === 0) return { verdicts: [], stored: 0 }
  if (deps.nowMs() > untilMs) return { verdicts: jobs.map(() => OUT_OF_TIME), stored: 0 }
  try {
    const committed = await commit(jobs, deps)
    return { verdicts: await outside(jobs, committed, deps), stored: committed.stored }
  } catch (cause) {
    if (jobs.length === 1) return { verdicts: [storeFailed(cause)], stored: 0 }
  }
  const half = Math.ceil(jobs.length / 2)
  const first = await work(jobs.slice(0, half), deps, untilMs)
  const second = await work(jobs.slice(half), deps, untilMs)
  return { verdicts: [...first.verdicts, ...second.verdicts], stored: first.stored + second.stored }
}

/** The events are stored by now: a fault here must not have the batch stored again, message by message. */
async function outside(
  jobs: readonly Job[],
  committed: Awaited<ReturnType<typeof commit>>,
  deps: ConsumerDeps,
): Promise<readonly Settlement[]> {
  try {
    return await runOutside(jobs, committed, deps)
  } catch (cause) {
    const open = new Set(committed.open.map(({ eventId }) => eventId))
    return jobs.map(({ contents }) =>
      contents.events.some(({ id }) => open.has(id)) ? storeFailed(cause) : { kind: 'done' },
    )
  }
}

const storeFailed = (cause: unknown): Settlement => ({
  kind: 'again',
  reason: 'store_failed',
  fault: faultName(cause),
})
