/** Decides what a channel is sent now: an incident once when it fires, again with news and after a time, and once when it is over. */
import type { SentNotice } from './attempts.ts'
import type { CommonSettings } from './document.ts'
import { type ChannelKind, adapterOf } from './index.ts'
import type { Notice, NoticeFacts } from './notice.ts'
import { SEVERITIES, isAtLeast } from '../watch/severity.ts'
import { isQuiet } from './quiet-hours.ts'

/** An incident, as far as channels need to know it. */
export interface ChannelIncident extends NoticeFacts {
  readonly openedMs: number
  /** Somebody takes care of it, and of all of its news, so nobody is reminded. */
  readonly isAcknowledged: boolean
  /** How much was new to it so far. */
  readonly news: number
  /** The number of the incident in which it goes on; null if it does not. */
  readonly continuedAs: number | null
  /** Whether a policy did something about it. Then channels hear of it, whatever its severity. */
  readonly hasPolicyActed: boolean
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
  if (channel.isBroken || channel.config.paused) return []
  const known: Known = { all: new Map(incidents.map((one) => [one.incident, one])), sent }
  const candidates = incidents.flatMap((incident) => {
    if (incident.aboutChannel === channel.name) return []
    const candidate =
      incident.resolvedMs === null
        ? openNotice(channel, incident, known, nowMs)
        : resolvedNotice(channel, incident, known, incident.resolvedMs, nowMs)
    return candidate === undefined ? [] : [candidate]
  })
  const groupingMs = channel.config.grouping_seconds * 1_000
  const isTime = candidates.some(
    ({ waitsSinceMs }) => waitsSinceMs === null || nowMs - waitsSinceMs >= groupingMs,
  )
  return isTime ? candidates.map(({ notice }) => notice).toSorted(bySeverity) : []
}

/** All incidents, and what the channel was sent about them; by number. */
interface Known {
  readonly all: ReadonlyMap<number, ChannelIncident>
  readonly sent: ReadonlyMap<number, SentNotice>
}

const bySeverity = (a: Notice, b: Notice): number =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.incident - b.incident

function openNotice(
  channel: DueChannel,
  incident: ChannelIncident,
  known: Known,
  nowMs: number,
): Candidate | undefined {
  const { keepsState, repeatSeconds = Infinity } = adapterOf(channel.kind)
  const before = known.sent.get(incident.incident)
  const next = (state: Notice['state'], waitsSinceMs: number | null, alert = incident.news): Candidate => ({
    notice: noticeOf(channel, incident, known, state, alert),
    waitsSinceMs,
  })
  // A resolved notice without an answer may have closed the alert of a channel that keeps state.
  const isKnown = before?.told === 'open' && !(keepsState && before.state === 'resolved')
  if (isKnown && nowMs - before.lastTryMs >= repeatSeconds * 1_000) return next('reminder', null, before.news)
  if (incident.isAcknowledged || isHeld(channel, incident.severity, nowMs)) return undefined
  if (before === undefined && !isFor(channel, incident)) return undefined
  if (before === undefined || (before.state === 'resolved' && !isKnown))
    return next('firing', incident.openedMs)
  if (before.state !== 'resolved' && before.result !== 'delivered') {
    if (isDueAgain(channel, before, nowMs)) return sameNotice(channel, incident, known, before, incident.news)
    if (before.result === 'retrying') return undefined
  }
  if (incident.news > before.news) return next(isKnown ? 'worse' : 'firing', null)
  return isReminded(channel, before, nowMs) ? next(isKnown ? 'reminder' : 'firing', null) : undefined
}

const isReminded = ({ config }: DueChannel, { lastTryMs }: SentNotice, nowMs: number): boolean =>
  config.reminder_seconds > 0 && nowMs - lastTryMs >= config.reminder_seconds * 1_000

function resolvedNotice(
  channel: DueChannel,
  incident: ChannelIncident,
  known: Known,
  resolvedMs: number,
  nowMs: number,
): Candidate | undefined {
  const { keepsState } = adapterOf(channel.kind)
  const before = known.sent.get(incident.incident)
  if (before === undefined)
    return isToldAfterwards(channel, incident, known, resolvedMs, nowMs)
      ? {
          // A channel that keeps state shows nothing of an end without a beginning. The end follows.
          notice: noticeOf(channel, incident, known, keepsState ? 'firing' : 'resolved', incident.news),
          waitsSinceMs: resolvedMs,
        }
      : undefined
  // A try without an answer may have opened an alert. An end without a beginning is tried again.
  if (!(before.told === 'open' || keepsState || before.state === 'resolved')) return undefined
  if (!keepsState && isHeld(channel, incident.severity, nowMs)) return undefined
  if (!isOverFor(incident, known, keepsState)) return undefined
  if (before.state !== 'resolved')
    return {
      notice: noticeOf(channel, incident, known, 'resolved', before.news),
      waitsSinceMs: resolvedMs,
    }
  return isDueAgain(channel, before, nowMs)
    ? sameNotice(channel, incident, known, before, before.news)
    : undefined
}

/**
 * Whether people hear now of what a policy did while the channel was quiet, although it is over. A channel that was changed since then is
 * told nothing of the past.
 */
function isToldAfterwards(
  channel: DueChannel,
  incident: ChannelIncident,
  known: Known,
  resolvedMs: number,
  nowMs: number,
): boolean {
  const { severity, openedMs, hasPolicyActed, isAcknowledged } = incident
  const wasHeld = [openedMs, resolvedMs].some((atMs) => isHeld(channel, severity, atMs))
  return (
    hasPolicyActed &&
    !isAcknowledged &&
    wasHeld &&
    channel.changedMs <= resolvedMs &&
    isFor(channel, incident) &&
    !isHeld(channel, severity, nowMs) &&
    isOverFor(incident, known, false)
  )
}

/**
 * Whether an incident is over for those who were told of it. One that goes on in another is not: its alert ends as soon as the other one
 * has been told, and a chat hears of the end of the other one.
 */
function isOverFor(incident: ChannelIncident, { all, sent }: Known, keepsState: boolean): boolean {
  let last = incident
  // Each goes on in one that was there before its end, so this comes to an end.
  for (let next = continuation(last, all); next !== undefined; next = continuation(last, all)) last = next
  if (last === incident) return true
  const told = sent.get(last.incident)?.told ?? 'nothing'
  if (keepsState) return told !== 'nothing' || last.resolvedMs !== null
  return told === 'nothing' && last.resolvedMs !== null
}

const continuation = ({ continuedAs }: ChannelIncident, all: Known['all']): ChannelIncident | undefined =>
  continuedAs === null ? undefined : all.get(continuedAs)

/** Whether a notice that was not delivered is tried now. */
const isDueAgain = ({ changedMs }: DueChannel, before: SentNotice, nowMs: number): boolean =>
  before.result === 'given_up'
    ? changedMs > before.lastTryMs
    : before.nextTryMs !== null && nowMs >= before.nextTryMs

function isFor({ config }: DueChannel, incident: ChannelIncident): boolean {
  if (incident.aboutChannel !== null) return true
  const { sources, minimum_severity } = config
  return (
    (incident.hasPolicyActed || isAtLeast(incident.severity, minimum_severity)) &&
    (sources === undefined || incident.sources.some((source) => sources.includes(source)))
  )
}

function isHeld(
  { config: { quiet_hours } }: DueChannel,
  severity: Notice['severity'],
  nowMs: number,
): boolean {
  return quiet_hours !== undefined && !isAtLeast(severity, quiet_hours.except) && isQuiet(quiet_hours, nowMs)
}

function sameNotice(
  channel: DueChannel,
  incident: ChannelIncident,
  known: Known,
  { state, sequence }: SentNotice,
  alert: number,
): Candidate {
  return { notice: { ...noticeOf(channel, incident, known, state, alert), sequence }, waitsSinceMs: null }
}

function noticeOf(
  channel: DueChannel,
  incident: ChannelIncident,
  known: Known,
  state: Notice['state'],
  alert: number,
): Notice {
  const before = known.sent.get(incident.incident)
  const oldest = before?.oldestAlert ?? alert
  return {
    ...factsOf(channel, incident, known),
    state,
    sequence: before === undefined ? 0 : before.sequence + 1,
    replyTo: before?.replyTo ?? null,
    alert,
    earlierAlerts: Array.from({ length: Math.max(0, alert - oldest) }, (_, i) => oldest + i),
  }
}

const SOURCES_SHOWN = 10

/** Facts for one channel. A channel for some sources does not get the names of others. */
function factsOf({ config }: DueChannel, incident: ChannelIncident, { all, sent }: Known): NoticeFacts {
  const {
    openedMs: _openedMs,
    isAcknowledged: _isAcknowledged,
    resolvedMs: _resolvedMs,
    aboutChannel: _aboutChannel,
    news: _news,
    continuedAs: _continuedAs,
    hasPolicyActed: _hasPolicyActed,
    ...facts
  } = incident
  const sources = incident.sources.filter((name) => config.sources?.includes(name) ?? true)
  const shown = sources.slice(0, SOURCES_SHOWN)
  const others = incident.sources.length - shown.length
  const more = others === 0 ? '' : ` and ${others} more`
  const continued = [...all.values()].filter(
    (one) => one.continuedAs === incident.incident && sent.get(one.incident)?.told === 'open',
  )
  return {
    ...facts,
    sources,
    evidence: [
      ...(facts.source === null && shown.length > 0 ? [`Sources: ${shown.join(', ')}${more}`] : []),
      ...continued.map(({ incident: number }) => `Incident ${number} goes on as this one`),
      ...facts.evidence,
    ],
  }
}
