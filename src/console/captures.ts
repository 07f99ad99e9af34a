/** Begins and ends captures of refused deliveries, for the API and the pages. */
import type { CaptureWindow } from '../event/captured.ts'
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
