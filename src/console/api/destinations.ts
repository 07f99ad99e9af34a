/** Handlers of destinations: their documents, and calls to the objects that deliver. */
import { destinationRoutes } from '../../api/destinations.ts'
import { type Problem, problem } from '../../api/problem.ts'
import { filterProblems } from '../../event/filter/filter-problems.ts'
import { rfc3339Ms, toInstant } from '../../platform/time.ts'
import type { JsonObject } from '../../platform/json.ts'
import type { AuditAction } from '../../registry/audit/entry.ts'
import type { DestinationView } from '../../registry/destinations/destination.ts'
import { pauseAt } from '../../registry/destinations/document.ts'
import { note } from '../note.ts'
import { HELD } from './held.ts'
import {
  deliveryStatus,
  destinationDocument,
  notifyDestination,
  ownHosts,
  shownDeliveries,
  shownTarget,
  storedHeaders,
} from '../destinations.ts'
import type { RequestContext } from '../request-context.ts'
import { newLink } from '../retrieval.ts'
import { notChanged } from './changes.ts'
import { underConditions } from './conditions.ts'
import { isGone, pageByName, rotationAnswer, secretVersionAnswer, tagged } from './owners.ts'
import { answer, bindRoutes } from './route.ts'

interface Named {
  readonly params: { readonly name: string }
}

/** An object exists for any name, so the registry is asked first. */
const ofKnown =
  <Input extends Named, Done>(
    work: (input: Input, context: RequestContext, name: string) => Promise<Done>,
  ): ((input: Input, context: RequestContext) => Promise<Done | Problem>) =>
  async (input, context) => {
    const { name } = input.params
    return (await context.registry.destinations.find(name)) === null ? UNKNOWN : work(input, context, name)
  }

/** Pauses or resumes. The document says which, so that exports and backups have it. Resuming also ends an open circuit and a disabling. */
const switchTo =
  (paused: boolean) =>
  async (
    {
      params: { name },
      query,
    }: Named & { readonly query: { readonly seconds?: number | undefined } | undefined },
    context: RequestContext,
  ) => {
    const { registry, who, nowMs } = context
    const before = await registry.destinations.find(name)
    if (before === null) return UNKNOWN
    const until = query?.seconds === undefined ? null : toInstant(nowMs + query.seconds * 1_000)
    const document = { ...destinationDocument(before), paused, paused_until: until }
    const put = await registry.destinations.put(name, document, who, before.version)
    if (!put.ok) return notChanged(put, 'destination')
    if (!paused) await noteOf(context, 'destination.resumed', name)
    const object = context.destinations.getByName(name)
    await (paused ? object.changed() : object.resume())
    return answer(destinationAnswer(put.owner, context))
  }

const isOriginal = async ({ registry }: RequestContext, name: string): Promise<boolean> =>
  (await registry.destinations.find(name))?.config.form === 'original'

const NOTHING_OF_ITS_OWN = problem(
  'form_original',
  'It gets requests of the ESP alone, and none is kept once it was delivered: cause a delivery at the ESP.',
)

/** The line in the audit log, before what is done. */
const noteOf = (context: RequestContext, action: AuditAction, name: string, detail?: JsonObject | null) =>
  note(context, action, `destination/${name}`, detail)

export const destinations = bindRoutes(destinationRoutes, {
  async listDestinations({ query }, context) {
    const { page, nextCursor } = pageByName(await context.registry.destinations.list(), query)
    return answer({
      destinations: page.map((one) => destinationAnswer(one, context)),
      next_cursor: nextCursor,
    })
  },

  async getDestination({ params: { name } }, context) {
    const destination = await context.registry.destinations.find(name)
    if (destination === null) return UNKNOWN
    const delivery = await deliveryStatus(context, name)
    // The tag is that of the document, for If-Match of a change. The delivery changes all the time, so there is no 304.
    return answer({ ...destinationAnswer(destination, context), delivery }, 200, tagged(destination.version))
  },

  async putDestination({ params: { name }, body, conditions }, context) {
    const { registry, who, consoleUrl } = context
    const link = await newLink(consoleUrl)
    const options = { link: link.request, ownHosts: ownHosts(context) }
    const put = await underConditions(conditions, registry.destinations, name, (expected) =>
      registry.destinations.put(name, body, who, expected, options),
    )
    if (!put.ok) return notChanged(put, 'destination')
    if (put.changed) await notifyDestination(context, name)
    const json = {
      ...destinationAnswer(put.owner, context),
      link: put.link === null ? null : { url: link.url, ends_at: toInstant(put.link.endsAtMs) },
    }
    return answer(json, put.created ? 201 : 200, tagged(put.owner.version))
  },

  async deleteDestination({ params: { name }, conditions }, context) {
    const { registry, who } = context
    const removed = await underConditions(conditions, registry.destinations, name, (expected) =>
      registry.destinations.remove(name, who, expected),
    )
    // A destination that does not exist is 404 with and without conditions, RFC 9110 section 13.2.1.
    if (isGone(removed)) return UNKNOWN
    if (!removed.ok) return notChanged(removed, 'destination')
    await notifyDestination(context, name)
    return answer({ removed: name })
  },

  testDestination: ofKnown(async ({ query }, context, name) => {
    if (await isOriginal(context, name)) return NOTHING_OF_ITS_OWN
    await noteOf(context, 'destination.tested', name)
    return answer(await context.destinations.getByName(name).test(query.type ?? null))
  }),

  pauseDestination: switchTo(true),
  resumeDestination: switchTo(false),

  replayEvents: ofKnown(async ({ body: { since, until, filter, plan } }, context, name) => {
    if (await isOriginal(context, name)) return NOTHING_OF_ITS_OWN
    const problems = filter === undefined ? [] : filterProblems(filter, 'filter')
    if (problems.length > 0) return problem('body_invalid', 'The filter is invalid.', { problems })
    const sinceMs = rfc3339Ms(since) ?? 0
    const untilMs = rfc3339Ms(until ?? '') ?? context.nowMs
    if (sinceMs >= untilMs) return NO_SPAN
    // A plan changes nothing, and has no line in the log.
    if (!plan) {
      const span = { since: toInstant(sinceMs), until: toInstant(untilMs) }
      await noteOf(context, 'destination.replayed', name, span)
    }
    const more = (filter as Record<string, unknown> | undefined) ?? null
    const object = context.destinations.getByName(name)
    const started = await object.replay({ sinceMs, untilMs, filter: more, plan })
    return started === null
      ? problem('replay_running', 'A replay is running: wait for its end, or end it.')
      : answer(started, plan ? 200 : 202)
  }),

  endReplay: ofKnown(async (_input, context, name) => {
    await noteOf(context, 'replay.ended', name)
    return answer({ ended: await context.destinations.getByName(name).cancelReplay() })
  }),

  listAttempts: ofKnown(async ({ query }, context, name) => {
    const { entries, next } = await shownDeliveries(context, name).attempts(query)
    return answer({ attempts: entries, next_cursor: next })
  }),

  listWaiting: ofKnown(async ({ query }, context, name) => {
    const { entries, next } = await shownDeliveries(context, name).waiting(query)
    return answer({ waiting: entries, next_cursor: next })
  }),

  retryWaiting: ofKnown(async ({ body: { ids = null } }, context, name) => {
    await noteOf(context, 'delivery.retried', name, ids && { ids })
    return answer({ retried: await context.destinations.getByName(name).retryNow(ids) })
  }),

  skipDelivery: ofKnown(async ({ body: { id } }, context, name) => {
    const { holds } = await context.registry.retention.read()
    await noteOf(context, 'delivery.skipped', name, { id })
    const held = holds.flatMap(({ source }) => source ?? [])
    const skipped = await context.destinations.getByName(name).skip(id, held)
    if (skipped === 'held') return HELD
    return skipped ? answer({ skipped: id }) : problem('delivery_unknown', 'No delivery of this id waits.')
  }),

  listUndelivered: ofKnown(async ({ query }, context, name) => {
    const { entries, next } = await shownDeliveries(context, name).givenUp(query)
    return answer({ given_up: entries, next_cursor: next })
  }),

  redriveUndelivered: ofKnown(async ({ body }, context, name) => {
    const filter = {
      ids: 'ids' in body ? body.ids : null,
      sinceMs: 'since' in body ? (rfc3339Ms(body.since) ?? 0) : 0,
      untilMs: rfc3339Ms(('since' in body && body.until) || '') ?? Number.MAX_SAFE_INTEGER,
    }
    if (filter.sinceMs >= filter.untilMs) return NO_SPAN
    if (!body.plan) await noteOf(context, 'destination.redriven', name)
    return answer({ redriven: await context.destinations.getByName(name).redrive(filter, body.plan) })
  }),
})

const destinationAnswer = (
  destination: DestinationView,
  { actor, nowMs }: Pick<RequestContext, 'actor' | 'nowMs'>,
) => ({
  name: destination.name,
  version: destination.version,
  created_at: toInstant(destination.createdAtMs),
  updated_at: toInstant(destination.updatedAtMs),
  secret_versions: destination.secrets.map((one) => ({
    ...secretVersionAnswer(one),
    public_key: destination.publicKeys?.[`${one.slot}/${one.version}`] ?? null,
  })),
  rotations: destination.rotations.map(rotationAnswer),
  ...destination.config,
  ...pauseAt(destination.config, nowMs),
  ...shownTarget(destination, actor),
  headers: storedHeaders(destination),
})

const UNKNOWN = problem('destination_unknown', 'There is no destination of this name.')

const NO_SPAN = problem('body_invalid', 'The span is empty.', {
  problems: [{ path: 'until', problem: 'Must be later than its beginning.' }],
})
