/** Captures: for an hour at most, refused deliveries of one source are kept, so that `postern verify` can judge them. */
import * as v from 'valibot'
import {
  CAPTURE_DELIVERY_MAX_BYTES,
  CAPTURE_MAX_BYTES,
  CAPTURE_MAX_DELIVERIES,
  CAPTURE_MAX_SECONDS,
  type CapturedRequest,
  openCaptured,
} from '../../event/captured.ts'
import { toBase64 } from '../../platform/bytes.ts'
import { SealBroken } from '../../platform/seal.ts'
import { toInstant } from '../../platform/time.ts'
import type { CaptureView, CapturedEntry } from '../../refusals/captures.ts'
import { noteCaptureRead } from '../operator-actions.ts'
import { notChanged } from './changes.ts'
import { problem } from './problem.ts'
import { type Route, answer, param, route } from './route.ts'
import { UnreachedGuards, unreached } from './sources.ts'

const Captured = v.object({
  request_id: v.string(),
  at: v.string(),
  provider: v.string(),
  code: v.pipe(v.string(), v.description('Why it was refused: GET /api/refusals/{request_id} says more.')),
  bytes: v.pipe(v.number(), v.description('Size of the body.')),
})

const MIB = 1_048_576
const BOUNDS = `At most ${CAPTURE_MAX_DELIVERIES} deliveries, ${CAPTURE_DELIVERY_MAX_BYTES / MIB} MiB each and ${CAPTURE_MAX_BYTES / MIB} MiB together: the first that come.`

const CaptureAnswer = v.object({
  source: v.string(),
  capturing: v.pipe(v.boolean(), v.description('Whether more deliveries are kept.')),
  full: v.pipe(v.boolean(), v.description(BOUNDS)),
  started_at: v.nullable(v.string()),
  ends_at: v.nullable(v.string()),
  deleted_at: v.pipe(v.nullable(v.string()), v.description('When all that was captured is deleted.')),
  captured: v.pipe(v.array(Captured), v.description('Oldest first.')),
})

const SOURCE = { name: 'The name of the source, as in its URL.' }

const forSeconds = v.pipe(
  v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1, 'Must be 1 or more.'),
      v.maxValue(CAPTURE_MAX_SECONDS, `Must be ${CAPTURE_MAX_SECONDS} or less.`),
    ),
    CAPTURE_MAX_SECONDS,
  ),
  v.description('How long deliveries are kept from now on. All of them are deleted an hour from now.'),
)

export const captures: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/sources/{name}/capture',
    id: 'getCapture',
    summary: 'Which refused deliveries of a source were captured.',
    role: 'viewer',
    params: SOURCE,
    answer: CaptureAnswer,
    problems: ['source_unknown'],
    async handler({ params }, { registry, watch, nowMs }) {
      const name = param(params, 'name')
      if ((await registry.view(name)) === null) return notChanged({ ok: false, code: 'source_unknown' })
      return answer(captureAnswer(name, await watch.viewCapture(name, nowMs), nowMs))
    },
  }),
  route({
    method: 'PUT',
    path: '/api/sources/{name}/capture',
    id: 'beginCapture',
    summary:
      'Keeps the next refused deliveries of a source whole and encrypted, in place of what was captured before.',
    role: 'operator',
    params: SOURCE,
    body: v.strictObject({ for_seconds: forSeconds }),
    answer: v.object({ ...CaptureAnswer.entries, unreached_guards: UnreachedGuards }),
    problems: ['source_unknown'],
    async handler({ params, body }, { registry, watch, who, nowMs }) {
      const name = param(params, 'name')
      const window = { startedAtMs: nowMs, endsAtMs: nowMs + body.for_seconds * 1_000 }
      // Gateways learn of it last, so that the watch knows it when they hand over the first delivery.
      if ((await registry.view(name)) === null) return notChanged({ ok: false, code: 'source_unknown' })
      await watch.beginCapture(name, window)
      const begun = await registry.capture(name, window, who)
      if (!begun.ok) return notChanged(begun)
      const view = { ...window, full: false, captured: [] }
      return answer({
        ...captureAnswer(name, view, nowMs),
        unreached_guards: unreached(begun.unreached),
      })
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/sources/{name}/capture',
    id: 'endCapture',
    summary: 'Ends the capture of a source, and deletes what was captured.',
    role: 'operator',
    params: SOURCE,
    answer: v.object({ source: v.string(), deleted: v.number(), unreached_guards: UnreachedGuards }),
    problems: ['source_unknown'],
    async handler({ params }, { registry, watch, who, nowMs }) {
      const name = param(params, 'name')
      const ended = await registry.capture(name, null, who)
      if (!ended.ok) return notChanged(ended)
      const deleted = (await watch.viewCapture(name, nowMs))?.captured.length ?? 0
      await watch.endCapture(name)
      return answer({ source: name, deleted, unreached_guards: unreached(ended.unreached) })
    },
  }),
  route({
    method: 'GET',
    path: '/api/sources/{name}/capture/{request_id}',
    id: 'readCaptured',
    summary: 'One captured delivery, whole, as postern verify reads it. It may hold credentials.',
    role: 'operator',
    params: {
      ...SOURCE,
      request_id: 'The request_id of the delivery, as in the list or in the answer that the sender got.',
    },
    answer: v.object({
      request_id: v.string(),
      esp: v.pipe(v.string(), v.description('The provider of the source.')),
      code: v.string(),
      now: v.pipe(v.number(), v.description('When it was refused, in Unix seconds.')),
      request: v.object({
        method: v.string(),
        url: v.string(),
        headers: v.record(v.string(), v.string()),
        body_base64: v.pipe(v.string(), v.description('As it was read: a body in gzip is inflated.')),
      }),
    }),
    problems: ['captured_unknown'],
    async handler({ params }, context) {
      const [name, requestId] = [param(params, 'name'), param(params, 'request_id')]
      const found = await context.watch.readCaptured(name, requestId, context.nowMs)
      if (found === null) return UNKNOWN
      await noteCaptureRead(context, name, requestId)
      try {
        const request = await openCaptured(found.sealed, context.captureSealer, name, requestId)
        return answer(caseOf(found, request))
      } catch (cause) {
        // Sealed under a master key that was removed within the hour.
        if (cause instanceof SealBroken) return UNKNOWN
        throw cause
      }
    },
  }),
]

const UNKNOWN = problem(
  'captured_unknown',
  'No captured delivery of this source has this id: it was not captured, or an hour is over.',
)

const captureAnswer = (source: string, view: CaptureView | null, nowMs: number) => ({
  source,
  capturing: view !== null && !view.full && nowMs < view.endsAtMs,
  full: view?.full ?? false,
  started_at: view === null ? null : toInstant(view.startedAtMs),
  ends_at: view === null ? null : toInstant(view.endsAtMs),
  deleted_at: view === null ? null : toInstant(view.startedAtMs + CAPTURE_MAX_SECONDS * 1_000),
  captured: (view?.captured ?? []).map(({ requestId, atMs, provider, code, bytes }) => ({
    request_id: requestId,
    at: toInstant(atMs),
    provider,
    code,
    bytes,
  })),
})

/** The form of recorded cases, without secrets and settings: those are in the source document. */
const caseOf = (
  { requestId, atMs, provider, code }: CapturedEntry,
  { method, url, headers, body }: CapturedRequest,
) => ({
  request_id: requestId,
  esp: provider,
  code,
  now: Math.floor(atMs / 1_000),
  request: { method, url, headers: Object.fromEntries(headers), body_base64: toBase64(body) },
})
