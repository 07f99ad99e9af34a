/** Plans the beginning and the end of a capture. */
import type { CaptureWindow } from '../../event/captured.ts'
import { toInstant } from '../../platform/time.ts'
import { type Decided, UNCHANGED } from '../owners/plan.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { StoredSource } from '../sources/source-tables.ts'
import type { CaptureWindows } from './windows.ts'

/** A new version of the source without another change, so that gateways load it again. @param wanted null ends the capture */
export function planCapture(
  before: StoredSource | undefined,
  captures: CaptureWindows,
  wanted: CaptureWindow | null,
  nowMs: number,
): Decided<SourceConfig> {
  if (before === undefined) return { ok: false, code: 'source_unknown' }
  const present = captures.at(before.name, nowMs)
  if (wanted === null && present === undefined) return UNCHANGED
  const { name, config, secrets } = before
  return {
    ok: true,
    next: { config, secrets },
    version: null,
    draft: {
      action: wanted === null ? 'capture.ended' : 'capture.began',
      target: `source/${name}`,
      before: recordOf(present),
      after: recordOf(wanted ?? undefined),
    },
    also: () => (wanted === null ? captures.remove(name) : captures.set(name, wanted)),
  }
}

const recordOf = (window: CaptureWindow | undefined) =>
  window === undefined ? null : { ends_at: toInstant(window.endsAtMs) }
