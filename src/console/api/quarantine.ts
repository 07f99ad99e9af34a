/**
 * Handlers of the quarantine. Reading again takes the provider's code of today, and sends on what it understands; an event that came too
 * late is let in.
 */
import * as v from 'valibot'
import { REPLAY_MAX, type ReplayedMany, quarantineRoutes } from '../../api/quarantine.ts'
import { problem } from '../../api/problem.ts'
import { securityOf } from '../../event/decision.ts'
import type { Contents, DeliveryFacts, Quarantined } from '../../event/envelope.ts'
import { MailEventSchema } from '../../event/mail-event.ts'
import { pack } from '../../event/pack.ts'
import { type Bytes, fromBase64 } from '../../platform/bytes.ts'
import { requestId } from '../../platform/ids.ts'
import { isObject, parseJson } from '../../platform/json.ts'
import { SealBroken } from '../../platform/seal.ts'
import { toInstant } from '../../platform/time.ts'
import { providerNamed } from '../../providers/index.ts'
import type { Provider, VerifiedBytes } from '../../providers/shared/provider.ts'
import { openBody, understand } from '../../providers/shared/understand.ts'
import {
  HISTORY_REMOVED,
  type QuarantineFilter,
  countQuarantine,
  listQuarantine,
  readQuarantine,
  removeQuarantine,
} from '../../store/quarantine.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { throwAway } from './held.ts'
import { answer, bindRoutes } from './route.ts'

const GONE = problem('quarantine_unknown', 'There is nothing in quarantine under this id.')

const KIND = {
  table: 'quarantine',
  action: 'quarantine.removed',
  target: 'quarantine',
  remove: removeQuarantine,
  unknown: GONE,
} as const

const REPLAY_PROBLEMS = {
  quarantine_unknown: GONE,
  still_not_understood: problem(
    'still_not_understood',
    'The provider’s code does not understand it yet. It stays in quarantine.',
  ),
  queue_unavailable: problem('queue_unavailable', 'The queue did not take it. It stays in quarantine.', {
    headers: { 'retry-after': '10' },
  }),
} as const

export const quarantine = bindRoutes(quarantineRoutes, {
  async listQuarantine({ query }, { store }) {
    return answer(await listQuarantine(store, query))
  },

  async getQuarantined({ params }, { store }) {
    const row = await readQuarantine(store, params.id)
    return row === undefined ? GONE : answer(wholeAnswer(row))
  },

  async replayQuarantined({ params }, context) {
    const replayed = await replay(context, params.id)
    return replayed.ok
      ? answer({ events: replayed.events, quarantined: replayed.quarantined })
      : REPLAY_PROBLEMS[replayed.code]
  },

  replayQuarantine: async ({ body: { plan, all: _all, ...filter } }, context) =>
    answer(await (plan ? planReplay : replayMany)(context, filter)),

  deleteQuarantined: ({ params: { id } }, context) => throwAway(context, id, KIND),
})

type Whole = NonNullable<Awaited<ReturnType<typeof readQuarantine>>>

function wholeAnswer({ quarantined, delivery, ...entry }: Whole) {
  const { content_type, query, headers, body } = quarantined
  return {
    ...entry,
    content_type,
    query,
    headers,
    body,
    security: { ...securityOf(delivery), level: delivery.level ?? null },
  }
}

type Replayed =
  | { readonly ok: true; readonly events: number; readonly quarantined: number }
  | { readonly ok: false; readonly code: 'quarantine_unknown' | 'still_not_understood' | 'queue_unavailable' }

/**
 * The row goes only when the queue has everything that it holds; until then it stays. It stays, too, where it is still needed:
 * of an item that is understood in part, and of a body with more unreadable items than are kept one by one.
 */
async function replay(context: RequestContext, id: string): Promise<Replayed> {
  const row = await readQuarantine(context.store, id)
  if (row === undefined) return { ok: false, code: 'quarantine_unknown' }

  const contents =
    row.problem === HISTORY_REMOVED
      ? letIn(row.quarantined, row.delivery, context.nowMs)
      : await readAgain(row.quarantined, row.delivery, await keepsOriginals(context, row.source))
  if (contents === undefined) return { ok: false, code: 'still_not_understood' }

  // A record of the same kind is the row itself. Sent to the queue, it would be found there, and then removed with the row.
  const others = contents.quarantined.filter(({ item }) => item !== row.quarantined.item)
  const isStillNeeded = others.length < contents.quarantined.length
  await note(context, 'quarantine.replayed', `quarantine/${id}`, { source: row.source, problem: row.problem })
  try {
    const envelopes = await pack({ ...contents, quarantined: others }, context.queueSealer, context.putLarge)
    for (const envelope of envelopes) await context.enqueue(envelope)
  } catch {
    // Parts that were sent are sent again next time: their events count once.
    return { ok: false, code: 'queue_unavailable' }
  }
  if (!isStillNeeded) await removeQuarantine(context.store, id)
  return { ok: true, events: contents.events.length, quarantined: contents.quarantined.length }
}

/** Reads again what matches, the newest {@link REPLAY_MAX} after the cursor, one after the other. @throws {CursorMalformed} */
async function replayMany(context: RequestContext, filter: QuarantineFilter): Promise<ReplayedMany> {
  const { quarantine, next_cursor } = await listQuarantine(context.store, { ...filter, limit: REPLAY_MAX })
  const failed: ReplayedMany['failed'] = []
  let events = 0
  for (const { id } of quarantine) {
    const replayed = await replay(context, id).catch((cause: unknown) => {
      // All others must be read, too.
      if (!(cause instanceof SealBroken)) throw cause
      return { ok: false, code: 'seal_broken' } as const
    })
    if (replayed.ok) events += replayed.events
    else failed.push({ id, problem: replayed.code })
  }
  return { matching: null, replayed: quarantine.length - failed.length, events, failed, next_cursor }
}

/** How many {@link replayMany} would read, in as many calls as it takes. @throws {CursorMalformed} */
const planReplay = async (
  { store }: Pick<RequestContext, 'store'>,
  filter: QuarantineFilter,
): Promise<ReplayedMany> => ({
  matching: await countQuarantine(store, filter),
  replayed: 0,
  events: 0,
  failed: [],
  next_cursor: null,
})

/** Events that came too late, for the queue: marked, so that the consumer stores them in spite of history. */
function letIn({ body }: Quarantined, delivery: DeliveryFacts, nowMs: number): Contents | undefined {
  const { received_at } = delivery
  const json = parseJson(fromBase64(body) ?? new Uint8Array())
  const list: readonly unknown[] = Array.isArray(json) ? json : [json]
  const given = list.map((event) => (isObject(event) ? { ...event, received_at } : event))
  const events = v.safeParse(v.array(MailEventSchema), given)
  if (!events.success) return undefined
  return {
    delivery: { ...delivery, request_id: requestId(), let_in_at: toInstant(nowMs) },
    events: events.output,
    quarantined: [],
  }
}

/** Also of a source that is gone, or is none. */
const keepsOriginals = async ({ registry }: RequestContext, source: string): Promise<boolean> =>
  (await registry.sources.find(source))?.config.originalDays !== 0

/** Reads a delivery with the provider's present code; `undefined` if the code understands nothing of it. */
export async function readAgain(
  quarantined: Quarantined,
  delivery: DeliveryFacts,
  hasOriginals: boolean,
): Promise<Contents | undefined> {
  const provider = providerNamed(delivery.provider)
  const bytes = fromBase64(quarantined.body)
  if (provider === undefined || bytes === undefined) return undefined

  const body = verifiedBytes(quarantined, bytes)
  const items = itemsOf(provider, quarantined, body)
  if (items === undefined) return undefined

  // A name of its own: the queue message of the first time has the old one.
  const contents = await understand(
    provider,
    items,
    body,
    { ...delivery, request_id: requestId() },
    hasOriginals,
  )
  return contents.events.length === 0 && contents.quarantined.length > 0 ? undefined : contents
}

function itemsOf(
  provider: Provider,
  quarantined: Quarantined,
  body: VerifiedBytes,
): readonly unknown[] | undefined {
  if (quarantined.item) return [parseJson(body.bytes)]
  const opened = openBody(provider, body)
  // A handshake was answered long ago, or never: there is nobody waiting for it now.
  return opened.kind === 'items' ? opened.items : undefined
}

const verifiedBytes = (quarantined: Quarantined, bytes: Bytes): VerifiedBytes => ({
  bytes,
  contentType: quarantined.content_type,
  query: new URLSearchParams(quarantined.query),
  verifiedHeaders: new Map(Object.entries(quarantined.headers)),
})
