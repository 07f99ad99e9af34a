/**
 * Watches one source: learns what is usual, asks every pattern each minute, and groups what they find. The state is plain data of
 * bounded size, so it is stored as JSON between two minutes and survives eviction and upgrade.
 */
import { type Change, type OpenIncidents, group, quietHoursOf } from './grouping.ts'
import { PATTERNS } from './patterns/index.ts'
import type { Finding } from './patterns/pattern.ts'
import { type Profile, learn, newProfile } from './profile/profile.ts'
import { resumeVolume } from './profile/volume.ts'
import { totalOf } from './signals/forms.ts'
import type { MinuteSignals } from './signals/signals.ts'

/** Of the stored form. A state of another version is learned anew. */
export const SOURCE_WATCH_VERSION = 3

export interface SourceWatch {
  readonly version: number
  /** The latest minute that was seen. */
  minute: number
  profile: Profile
  /** The state of each pattern by its kind. A pattern that is new begins with its initial state. */
  patterns: Record<string, object>
  readonly open: OpenIncidents
}

/** After more minutes without a call the watch itself was down: they are no silence of the source. */
const GAP_MINUTES = 10

/** A minute that is less late is dropped. If it is later, the clock was set back. */
const BACK_MINUTES = 60

export const newSourceWatch = (minute: number): SourceWatch => ({
  version: SOURCE_WATCH_VERSION,
  minute: minute - 1,
  profile: newProfile(minute),
  patterns: {},
  open: {},
})

/** A finding that begins no earlier than the watch did. Windows and bins may reach further back. */
export const watched = (finding: Finding, { beganMinute }: Profile): Finding => ({
  ...finding,
  fromMinute: Math.max(finding.fromMinute, beganMinute),
})

const QUIET_HOURS = quietHoursOf(PATTERNS)

/**
 * Sees one minute; call it for every minute in order, also if nothing happened. Minutes that come twice or late are dropped. After a
 * gap, or if the clock was set back, a silence that had begun is forgotten, and what is usual stays.
 *
 * @param signals which `bounded` has made safe
 * @param isStoreDown whether the store took nothing in the minute: then no event is no silence, and a backlog will follow
 */
export function watchMinute(
  state: SourceWatch,
  minute: number,
  signals: MinuteSignals,
  isStoreDown = false,
): Change[] {
  if (!Number.isSafeInteger(minute) || minute < 0) return []
  const ahead = minute - state.minute
  if (ahead <= 0 && ahead > -BACK_MINUTES) return []
  const isUnseen = isStoreDown && totalOf(signals.events) === 0
  if (ahead < 0 || ahead > GAP_MINUTES || isUnseen) resumeVolume(state.profile.volume, minute)
  state.minute = minute
  const seen = { minute, signals, profile: state.profile }
  const findings: Finding[] = []
  // Patterns see the networks that were known before this minute.
  for (const pattern of PATTERNS) {
    const own = (state.patterns[pattern.kind] ??= pattern.initial())
    const found = pattern.step(own, seen)
    if (found !== undefined) findings.push(watched({ kind: pattern.kind, ...found }, state.profile))
  }
  if (!isUnseen) learn(state.profile, minute, seen.signals)
  return group(state.open, minute, findings, QUIET_HOURS)
}
