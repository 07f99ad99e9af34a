/** Handlers of captures. */
import { captureRoutes } from '../../api/captures.ts'
import { problem } from '../../api/problem.ts'
import { CAPTURE_MAX_SECONDS } from '../../event/captured.ts'
import { toInstant } from '../../platform/time.ts'
import type { CaptureView } from '../../refusals/captures.ts'
import { beginCapture, endCapture, readCaptured } from '../captures.ts'
import { notChanged } from './changes.ts'
import { answer, bindRoutes } from './route.ts'

export const captures = bindRoutes(captureRoutes, {
  async getCapture({ params: { name } }, { registry, refusalLog, nowMs }) {
    if ((await registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    return answer(captureAnswer(name, await refusalLog.viewCapture(name, nowMs), nowMs))
  },

  async beginCapture({ params: { name }, body }, context) {
    if ((await context.registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    const begun = await beginCapture(context, name, body.for_seconds)
    if (!begun.ok) return notChanged(begun)
    const view = { ...begun.window, full: false, captured: [] }
    return answer({ ...captureAnswer(name, view, context.nowMs), unreached_guards: begun.unreached })
  },

  async endCapture({ params: { name } }, context) {
    const ended = await endCapture(context, name)
    if (!ended.ok) return notChanged(ended)
    return answer({ source: name, deleted: ended.deleted, unreached_guards: ended.unreached })
  },

  /** In the form of recorded cases, without secrets and settings: those are in the source document. */
  async readCaptured({ params: { name, request_id } }, context) {
    const found = await readCaptured(context, name, request_id)
    return found === undefined ? UNKNOWN : answer(found)
  },
})

const SOURCE_UNKNOWN = notChanged({ ok: false, code: 'source_unknown' })
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
  captured: (view?.captured ?? []).map(({ requestId, atMs, ...one }) => ({
    request_id: requestId,
    at: toInstant(atMs),
    ...one,
  })),
})
