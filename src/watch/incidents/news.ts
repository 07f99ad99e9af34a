/**
 * Whether people have to hear of a change, whatever they did before. An acknowledgment is for what was known then: what is new ends it, so
 * nobody sleeps because somebody took care of less.
 */
import type { Containment } from '../../registry/containment/containment.ts'
import { isAtLeast, isMoreSevere } from '../severity.ts'
import { isMuchWorse, told } from './figures.ts'
import { withContainment, written } from './lifecycle.ts'
import { type StoredFinding, type StoredIncident, isOver, lasts } from './stored.ts'

/** An incident after a change of what is found, with what the news mean for it. */
export function withNews(before: StoredIncident, after: StoredIncident, atMs: number): StoredIncident {
  if (isOver(after)) return after
  const isWorse = after.findings.some((one) => lasts(one) && isMuchWorse(one, atMs))
  return isWorse || isNews(before, after) ? announced(after, atMs) : after
}

/** With a containment that was made, lifted, or changed. People hear of whatever a policy begins. */
export function withContainmentNews(
  before: StoredIncident,
  containment: Containment,
  text: string,
  nowMs: number,
): StoredIncident {
  const after = withContainment(before, containment, text, nowMs)
  const { id, by, liftedAtMs } = containment
  const isBegun = liftedAtMs === null && !before.containments.some((one) => one.id === id)
  return by === 'policy' && isBegun ? announced(after, nowMs) : after
}

/** People have to hear of it. */
function announced(incident: StoredIncident, atMs: number): StoredIncident {
  const findings = incident.findings.map((one) => told(one, atMs))
  const news = { ...incident, findings, news: incident.news + 1 }
  if (incident.acknowledgedMs === null) return news
  const text = 'The acknowledgment was for less than this: somebody has to look anew.'
  return {
    ...written(news, atMs, 'reopened', text),
    acknowledgedMs: null,
    state: incident.state === 'acknowledged' ? 'open' : incident.state,
  }
}

function isNews(before: StoredIncident, after: StoredIncident): boolean {
  if (isOver(before) || isMoreSevere(after.severity, before.severity)) return true
  const [earlier, now] = [before, after].map(({ findings }) => findings.filter(isSerious))
  const kinds = new Set(earlier?.map(({ kind }) => kind))
  if (now?.some(({ kind }) => !kinds.has(kind)) === true) return true
  // Of many sources, people hear of the second one, and of the others only if somebody took care of less.
  const sources = new Set(earlier?.map(({ source }) => source))
  const isWider = now?.some(({ source }) => !sources.has(source)) === true
  return isWider && (sources.size <= 1 || before.acknowledgedMs !== null)
}

const isSerious = ({ severity }: StoredFinding): boolean => isAtLeast(severity, 'warning')
