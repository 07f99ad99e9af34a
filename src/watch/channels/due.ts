/** Decides what a channel is sent now: an incident once when it fires, again after a time, and once when it is over. */
import type { SentNotice } from './attempts.ts'
import type { CommonSettings } from './document.ts'
import { type ChannelKind, adapterOf } from './index.ts'
import type { Notice, NoticeFacts } from './notice.ts'
import { SEVERITIES, isAtLeast, isMoreSevere } from '../severity.ts'
import { isQuiet } from './quiet-hours.ts'

/** An incident, as far as channels need to know it. */
export interface ChannelIncident extends NoticeFacts {
  readonly openedMs: number
  /** Somebody takes care of it, so nobody is reminded. */
  readonly isAcknowledged: boolean
  /** Null while it is open. */
  readonly resolvedMs: number | null
  /** The channel that the incident is about. It is reported by all others, whatever their sources and severity. */
  readonly aboutChannel: string | null
}

export interface DueChannel {
  readonly name: string
  readonly kind: ChannelKind
  readonly config: CommonSettings
  /** When somebody last changed it. What was given up before is sent again. */
  readonly changedMs: number
  /** See `health.ts`. */
  readonly isBroken: boolean
}

interface Candidate {
  readonly notice: Notice
  /** When it could have been sent. Null if it does not wait for others. */
  readonly waitsSinceMs: number | null
}

/**
 * The notices to send now, the most severe first. All of them go together. None if there is nothing, or if more may come within the
 * channel's `grouping_seconds`.
 *
 * @param sent the latest notice of each incident to this channel, by the incident's number
 */
export function dueNotices(
  channel: DueChannel,
  incidents: readonly ChannelIncident[],
  sent: ReadonlyMap<number, SentNotice>,
  nowMs: number,
): Notice[] {
  if (channel.isBroken) return []
  const candidates = incidents.flatMap((incident) => {
    if (incident.aboutChannel === channel.name) return []
    const before = sent.get(incident.incident)
    const candidate =
      incident.resolvedMs === null
        ? openNotice(channel, incident, before, nowMs)
        : resolvedNotice(channel, incident, before, incident.resolvedMs, nowMs)
    return candidate === undefined ? [] : [candidate]
  })
  const groupingMs = channel.config.grouping_seconds * 1_000
  const isTime = candidates.some(
    ({ waitsSinceMs }) => waitsSinceMs === null || nowMs - waitsSinceMs >= groupingMs,
  )
  return isTime ? candidates.map(({ notice }) => notice).toSorted(bySeverity) : []
}

const bySeverity = (a: Notice, b: Notice): number =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.incident - b.incident

function openNotice(
  channel: DueChannel,
  incident: ChannelIncident,
  before: SentNotice | undefined,
  nowMs: number,
): Candidate | undefined {
  const { keepsState, repeatSeconds = Infinity } = adapterOf(channel.kind)
  // A resolved notice without an answer may have closed the alert of a channel that keeps state.
  const isKnown = before?.told === 'open' && !(keepsState && before.state === 'resolved')
  if (isKnown && nowMs - before.lastTryMs >= repeatSeconds * 1_000)
    return nextNotice(incident, before, 'reminder', null)
  if (incident.isAcknowledged || isHeld(channel, incident.severity, nowMs)) return undefined
  if (before === undefined && !isFor(channel, incident)) return undefined
  if (before === undefined || (before.state === 'resolved' && !isKnown))
    return nextNotice(incident, before, 'firing', incident.openedMs)
  if (before.state !== 'resolved' && before.result !== 'delivered') {
    if (isDueAgain(channel, before, nowMs)) return sameNotice(incident, before)
    if (before.result === 'retrying') return undefined
  }
  return isMoreSevere(incident.severity, before.severity) || isReminded(channel, before, nowMs)
    ? nextNotice(incident, before, isKnown ? 'reminder' : 'firing', null)
    : undefined
}

const isReminded = ({ config }: DueChannel, { lastTryMs }: SentNotice, nowMs: number): boolean =>
  config.reminder_seconds > 0 && nowMs - lastTryMs >= config.reminder_seconds * 1_000

function resolvedNotice(
  channel: DueChannel,
  incident: ChannelIncident,
  before: SentNotice | undefined,
  resolvedMs: number,
  nowMs: number,
): Candidate | undefined {
  const { keepsState } = adapterOf(channel.kind)
  // A try without an answer may have opened an alert.
  if (before === undefined || !(before.told === 'open' || keepsState)) return undefined
  if (!keepsState && isHeld(channel, incident.severity, nowMs)) return undefined
  if (before.state !== 'resolved') return nextNotice(incident, before, 'resolved', resolvedMs)
  return isDueAgain(channel, before, nowMs) ? sameNotice(incident, before) : undefined
}

/** Whether a notice that was not delivered is tried now. */
const isDueAgain = ({ changedMs }: DueChannel, before: SentNotice, nowMs: number): boolean =>
  before.result === 'given_up'
    ? changedMs > before.lastTryMs
    : before.nextTryMs !== null && nowMs >= before.nextTryMs

function isFor({ config }: DueChannel, incident: ChannelIncident): boolean {
  if (incident.aboutChannel !== null) return true
  const { sources, minimum_severity } = config
  return (
    isAtLeast(incident.severity, minimum_severity) &&
    (sources === undefined || (incident.source !== null && sources.includes(incident.source)))
  )
}

function isHeld(
  { config: { quiet_hours } }: DueChannel,
  severity: Notice['severity'],
  nowMs: number,
): boolean {
  return quiet_hours !== undefined && !isAtLeast(severity, quiet_hours.except) && isQuiet(quiet_hours, nowMs)
}

function nextNotice(
  incident: ChannelIncident,
  before: SentNotice | undefined,
  state: Notice['state'],
  waitsSinceMs: number | null,
): Candidate {
  const sequence = before === undefined ? 0 : before.sequence + 1
  return { notice: { ...factsOf(incident), state, sequence, replyTo: before?.replyTo ?? null }, waitsSinceMs }
}

function sameNotice(incident: ChannelIncident, { state, sequence, replyTo }: SentNotice): Candidate {
  return { notice: { ...factsOf(incident), state, sequence, replyTo }, waitsSinceMs: null }
}

const factsOf = ({
  openedMs: _openedMs,
  isAcknowledged: _isAcknowledged,
  resolvedMs: _resolvedMs,
  aboutChannel: _aboutChannel,
  ...facts
}: ChannelIncident): NoticeFacts => facts
