/** Knowledge that one run needs to contain sources. Each thing is asked once, when it is needed first. */
import type { SourceView } from '../../registry/sources/source.ts'
import { DAY_MINUTES } from './verified-tables.ts'
import { type VerifiedDeps, type VerifiedNetworks, verifiedSince } from './verified-networks.ts'

export interface Known {
  /** When the run began. */
  readonly nowMs: number
  readonly viewOf: (source: string) => Promise<SourceView | null>
  readonly verifiedInDay: () => Promise<VerifiedNetworks>
}

export function knownAt(nowMs: number, load: Known['viewOf'], verified: VerifiedDeps): Known {
  const views = new Map<string, Promise<SourceView | null>>()
  let inDay: Promise<VerifiedNetworks> | undefined
  return {
    nowMs,
    viewOf(source) {
      const view = views.get(source) ?? load(source)
      views.set(source, view)
      return view
    },
    verifiedInDay: () => (inDay ??= verifiedSince(verified, minuteOf(nowMs) - DAY_MINUTES, nowMs)),
  }
}

export const minuteOf = (ms: number): number => Math.floor(ms / 60_000)
