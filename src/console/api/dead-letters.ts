/** Handlers of dead letters. They go back into the queue one by one: each leaves the list only when the queue has it. */
import { REDRIVE_MAX, type RedriveProblem, type Redriven, deadLetterRoutes } from '../../api/dead-letters.ts'
import { problem } from '../../api/problem.ts'
import type { Envelope } from '../../event/envelope.ts'
import { fitted } from '../../event/pack.ts'
import { rfc3339Ms, toInstant } from '../../platform/time.ts'
import {
  type RedriveFilter,
  countRedrivable,
  listDeadLetters,
  readDeadLetters,
  removeDeadLetter,
} from '../../store/dead-letters.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { throwAway } from './held.ts'
import { answer, bindRoutes } from './route.ts'

const UNKNOWN = problem('dead_letter_unknown', 'There is no dead letter under this id.')

const KIND = {
  table: 'dead_letters',
  action: 'dead_letter.removed',
  target: 'dead-letter',
  remove: removeDeadLetter,
  unknown: UNKNOWN,
} as const

export const deadLetters = bindRoutes(deadLetterRoutes, {
  async listDeadLetters({ query }, { store }) {
    return answer(await listDeadLetters(store, query))
  },

  async redriveDeadLetters({ body }, context) {
    if ('ids' in body) return answer(await redrive(context, body.ids))
    const { source, reason, until, plan } = body
    const filter = { source, reason, untilMs: rfc3339Ms(until ?? '') }
    return answer(await (plan ? planRedrive(context, filter) : redrive(context, filter)))
  },

  deleteDeadLetter: ({ params: { id } }, context) => throwAway(context, id, KIND),
})

/** Letters in the works at once: the platform keeps six connections. */
const AT_ONCE = 6

type Letter = Awaited<ReturnType<typeof readDeadLetters>>[number]

/** @param which ids, or those that match: then the first {@link REDRIVE_MAX} */
export async function redrive(
  context: RequestContext,
  which: readonly string[] | RedriveFilter,
): Promise<Redriven> {
  const isNamed = 'length' in which
  const untilMs = isNamed ? undefined : (which.untilMs ?? context.nowMs)
  // One more than is put back tells whether any are left.
  const wanted = isNamed ? which : { ...which, untilMs }
  const found = await readDeadLetters(context.store, wanted, REDRIVE_MAX + 1)
  const letters = found.slice(0, REDRIVE_MAX)
  const known = new Set(found.map(({ id }) => id))
  const missing = isNamed ? which.filter((id) => !known.has(id)) : []
  const redriven: string[] = []
  const failed = missing.map((id): Redriven['failed'][number] => ({ id, problem: 'dead_letter_unknown' }))
  if (letters.length > 0)
    await note(context, 'dead_letters.redriven', 'dead-letters', { ids: letters.map(({ id }) => id) })
  for (let i = 0; i < letters.length; i += AT_ONCE) {
    const some = letters.slice(i, i + AT_ONCE)
    const outcomes = await Promise.all(some.map((letter) => redriveOne(context, letter)))
    for (const [j, { id }] of some.entries()) {
      const problem = outcomes[j]
      if (problem === undefined) redriven.push(id)
      else failed.push({ id, problem })
    }
  }
  const more = found.length > letters.length
  return { redriven, failed, more, matching: null, until: untilMs === undefined ? null : toInstant(untilMs) }
}

/** How many {@link redrive} would put back, in as many calls as it takes. */
async function planRedrive(
  { store, nowMs }: Pick<RequestContext, 'store' | 'nowMs'>,
  filter: RedriveFilter,
): Promise<Redriven> {
  const untilMs = filter.untilMs ?? nowMs
  const counted = await countRedrivable(store, { ...filter, untilMs })
  const matching = counted.reduce((sum, { letters }) => sum + letters, 0)
  return { redriven: [], failed: [], more: false, matching, until: toInstant(untilMs) }
}

/** Sent first, removed second: what stops in between costs a second copy, which the consumer drops, and no event. */
async function redriveOne(
  { store, enqueue, putLarge, large }: RequestContext,
  letter: Letter,
): Promise<RedriveProblem | undefined> {
  if (letter.envelope === undefined) return 'not_an_envelope'
  try {
    await writtenAgain(letter.envelope, large)
    await enqueue(await fitted(letter.envelope, letter.first_failed_at, putLarge))
  } catch {
    return 'queue_unavailable'
  }
  try {
    // The consumer may have dead-lettered it again by now. That entry is a new one, and stays.
    await removeDeadLetter(store, letter.id, letter.last_failed_at)
  } catch {
    return 'not_removed'
  }
  return undefined
}

/** So its object is young, and `retention/sweep.ts` leaves it to the message. */
async function writtenAgain(envelope: Envelope, large: R2Bucket): Promise<void> {
  if (envelope.kind !== 'stored') return
  const object = await large.get(envelope.object)
  if (object !== null) await large.put(envelope.object, await object.arrayBuffer())
}
