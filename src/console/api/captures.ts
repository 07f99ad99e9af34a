/** Handlers of captures. */
import { captureRoutes } from '../../api/captures.ts'
import { problem } from '../../api/problem.ts'
import { CAPTURE_MAX_SECONDS, type CaptureWindow, openCaptured } from '../../event/captured.ts'
import { toBase64 } from '../../platform/bytes.ts'
import { SealBroken } from '../../platform/seal.ts'
import { toInstant } from '../../platform/time.ts'
import type { CaptureView } from '../../refusals/captures.ts'
import { note } from '../note.ts'
import { notChanged } from './changes.ts'
import { answer, bindRoutes } from './route.ts'

export const captures = bindRoutes(captureRoutes, {
  async getCapture({ params: { name } }, { registry, refusalLog, nowMs }) {
    if ((await registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    return answer(captureAnswer(name, await refusalLog.viewCapture(name, nowMs), nowMs))
  },

  async beginCapture({ params: { name }, body }, { registry, refusalLog, who, nowMs }) {
    // The refusal log learns of it first, and would keep it for any name.
    if ((await registry.sources.find(name)) === null) return SOURCE_UNKNOWN
    const window: CaptureWindow = { startedAtMs: nowMs, endsAtMs: nowMs + body.for_seconds * 1_000 }
    // Gateways learn of it last, so that the refusal log knows it when they hand over the first delivery.
    await refusalLog.beginCapture(name, window)
    const begun = await registry.sources.capture(name, window, who)
    if (!begun.ok) return notChanged(begun)
    const view = { ...window, full: false, captured: [] }
    return answer({ ...captureAnswer(name, view, nowMs), unreached_guards: begun.unreached })
  },

  /** Deletes what was kept. */
  async endCapture({ params: { name } }, { registry, refusalLog, who, nowMs }) {
    const ended = await registry.sources.capture(name, null, who)
    if (!ended.ok) return notChanged(ended)
    const deleted = (await refusalLog.viewCapture(name, nowMs))?.captured.length ?? 0
    await refusalLog.endCapture(name)
    return answer({ source: name, deleted, unreached_guards: ended.unreached })
  },

  /** In the form of recorded cases, without secrets and settings: those are in the source document. */
  async readCaptured({ params: { name, request_id: id } }, context) {
    const found = await context.refusalLog.readCaptured(name, id, context.nowMs)
    if (found === null) return UNKNOWN
    // A captured delivery may hold somebody's credentials.
    await note(context, 'capture.read', `source/${name}`, { request_id: id })
    try {
      const { body, ...request } = await openCaptured(found.sealed, context.captureSealer, name, id)
      return answer({
        request_id: found.requestId,
        esp: found.provider,
        code: found.code,
        now: Math.floor(found.atMs / 1_000),
        request: {
          method: request.method,
          url: request.url,
          headers: Object.fromEntries(request.headers),
          body_base64: toBase64(body),
        },
      })
    } catch (cause) {
      // Sealed under a master key that was removed within the hour.
      if (cause instanceof SealBroken) return UNKNOWN
      throw cause
    }
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
