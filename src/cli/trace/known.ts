/** All that the API knows of a delivery. A part that this token may not see, or that is down, hides no other. */
import { destinationRoutes } from '../../api/destinations.ts'
import { eventRoutes } from '../../api/events.ts'
import { quarantineRoutes } from '../../api/quarantine.ts'
import { refusalRoutes } from '../../api/refusals.ts'
import { suppressionRoutes } from '../../api/suppressions.ts'
import type { AnswerOf } from '../../api/route.ts'
import type { Api } from '../connection/api.ts'
import { Stop } from '../stop.ts'
import type { Entry, TraceIds } from './entry.ts'

/** A delivery can have thousands of events; each is asked for at each destination. */
export const EVENTS_MAX = 10
const DESTINATIONS_MAX = 50
/** The quarantine is searched so far back. */
const QUARANTINE_MAX = 1_000

/** Codes of a part of the API that this token may not ask. A console that is down or knows no such token ends the command. */
const FORBIDDEN: ReadonlySet<string> = new Set(['scope_too_narrow', 'role_too_low'])

type Event = AnswerOf<typeof eventRoutes.getEvent>

export interface Known {
  readonly ids: TraceIds
  readonly entries: readonly Entry[]
  /** Parts that could not be asked, and why. */
  readonly gaps: readonly string[]
}

/** @param id of a request or of an event */
export async function knownOf(api: Api, id: string): Promise<Known> {
  const gaps: string[] = []
  const asked = async <T>(part: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask()
    } catch (cause) {
      if (!(cause instanceof Stop) || (cause.exit === 'denied' && !FORBIDDEN.has(cause.code))) throw cause
      if (cause.exit !== 'no') gaps.push(`${part}: ${cause.message}`)
      return undefined
    }
  }
  const isRequest = /^(?:req|msg)_/.test(id)
  const one = isRequest
    ? undefined
    : await asked('event', () => api.call(eventRoutes.getEvent, { params: { id } }))
  const requestId = isRequest ? id : one?.security.request_id
  const events =
    one !== undefined
      ? [one]
      : requestId === undefined
        ? []
        : ((await asked('events', () =>
            api.list(eventRoutes.listEvents, { query: { request_id: requestId } }, EVENTS_MAX + 1),
          )) ?? [])
  if (events.length > EVENTS_MAX)
    gaps.push(`events: only ${EVENTS_MAX} of them, see postern events list --request-id ${requestId}`)
  const shown = events.slice(0, EVENTS_MAX)
  const entries: Entry[] = shown.map(eventEntry)
  if (requestId !== undefined && shown.length === 0)
    entries.push(...((await asked('refusal', () => refusalOf(api, requestId))) ?? []))
  if (requestId !== undefined)
    entries.push(...((await asked('quarantine', () => quarantinedOf(api, requestId))) ?? []))
  entries.push(...((await asked('destinations', () => attemptsOf(api, shown))) ?? []))
  entries.push(...((await asked('suppressions', () => suppressionsOf(api, shown))) ?? []))
  return {
    ids: {
      requests: new Set(requestId === undefined ? [] : [requestId]),
      events: new Set([...shown.map((event) => event.id), ...(isRequest ? [] : [id])]),
    },
    entries,
    gaps,
  }
}

const entry = (at: string, what: string, facts: Entry['facts']): Entry => ({
  atMs: Date.parse(at),
  from: 'api',
  what,
  facts,
})

const eventEntry = ({ id, source, type, received_at: at, occurred_at, message_id }: Event): Entry =>
  entry(at, 'event', { event_id: id, source, type, occurred_at, message_id })

async function refusalOf(api: Api, requestId: string): Promise<Entry[]> {
  const { at, source, code, status, explanation } = await api.call(refusalRoutes.getRefusal, {
    params: { request_id: requestId },
  })
  return [entry(at, 'refusal', { source, code, status, explanation })]
}

async function quarantinedOf(api: Api, requestId: string): Promise<Entry[]> {
  const rows = await api.list(quarantineRoutes.listQuarantine, {}, QUARANTINE_MAX)
  return rows
    .filter((row) => row.request_id === requestId)
    .map(({ id, received_at: at, problem }) => entry(at, 'quarantine', { id, problem }))
}

async function attemptsOf(api: Api, events: readonly Event[]): Promise<Entry[]> {
  if (events.length === 0) return []
  const found: Entry[] = []
  for (const { name } of await api.list(destinationRoutes.listDestinations, {}, DESTINATIONS_MAX))
    for (const { id } of events) {
      const query = { event_id: id }
      const attempts = await api.list(destinationRoutes.listAttempts, { params: { name }, query }, 100)
      found.push(
        ...attempts.map(({ at, outcome, status, error, try: tries }) =>
          entry(at, 'attempt', { destination: name, outcome, status, try: tries, error, event_id: id }),
        ),
      )
    }
  return found
}

/** Reasons of which one of the events is the first evidence. Viewers see no addresses. */
async function suppressionsOf(api: Api, events: readonly Event[]): Promise<Entry[]> {
  const ids = new Set(events.map(({ id }) => id))
  const found: Entry[] = []
  for (const address of new Set(events.flatMap(({ recipient }) => recipient ?? []))) {
    const answer = await api.call(suppressionRoutes.getSuppression, { params: { address } })
    const reasons = [...('reasons' in answer ? answer.reasons : []), ...answer.scopes]
    for (const { reason, scope, since, event_id: eventId } of reasons)
      if (eventId !== null && ids.has(eventId))
        found.push(entry(since, 'suppression', { reason, scope, event_id: eventId }))
  }
  return found
}
