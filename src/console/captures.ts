/** Begins, reads and ends captures of refused deliveries, for the API and the pages. */
import { type CaptureWindow, openCaptured } from '../event/captured.ts'
import { toBase64 } from '../platform/bytes.ts'
import { SealBroken } from '../platform/seal.ts'
import { note } from './note.ts'
import type { RequestContext } from './request-context.ts'

type Context = Pick<RequestContext, 'registry' | 'refusalLog' | 'who' | 'nowMs'>

/** @param name of a source that exists: the refusal log learns of it first, and would keep it for any name */
export async function beginCapture(
  { registry, refusalLog, who, nowMs }: Context,
  name: string,
  seconds: number,
) {
  const window: CaptureWindow = { startedAtMs: nowMs, endsAtMs: nowMs + seconds * 1_000 }
  // Gateways learn of it last, so that the refusal log knows it when they hand over the first delivery.
  await refusalLog.beginCapture(name, window)
  const begun = await registry.sources.capture(name, window, who)
  return begun.ok ? { ok: true as const, window, unreached: begun.unreached } : begun
}

/** Deletes what was kept. */
export async function endCapture({ registry, refusalLog, who, nowMs }: Context, name: string) {
  const ended = await registry.sources.capture(name, null, who)
  if (!ended.ok) return ended
  const deleted = (await refusalLog.viewCapture(name, nowMs))?.captured.length ?? 0
  await refusalLog.endCapture(name)
  return { ok: true as const, deleted, unreached: ended.unreached }
}

/** A captured delivery in the form of recorded cases, without secrets and settings; undefined if there is none. */
export async function readCaptured(context: RequestContext, name: string, requestId: string) {
  const found = await context.refusalLog.readCaptured(name, requestId, context.nowMs)
  if (found === null) return undefined
  // A captured delivery may hold somebody's credentials.
  await note(context, 'capture.read', `source/${name}`, { request_id: requestId })
  try {
    const { body, ...request } = await openCaptured(found.sealed, context.captureSealer, name, requestId)
    return {
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
    }
  } catch (cause) {
    // Sealed under a master key that was removed within the hour.
    if (cause instanceof SealBroken) return undefined
    throw cause
  }
}
