/** How much an incident matters, with the reasons in words and numbers. Its severity counts, and is said elsewhere. */
import { toInstant } from '../../platform/time.ts'
import { kindName } from '../names.ts'
import { patternOf } from '../patterns/index.ts'
import { percent } from '../patterns/pattern.ts'
import { SEVERITIES } from '../severity.ts'
import { type Incident, RISK_LEVELS } from './incident.ts'
import { type StoredIncident, isOver, lasts } from './stored.ts'

/** Points from which on a level begins, as in `RISK_LEVELS`. */
const LEVEL_POINTS = [-Infinity, 1, 3, 5]

/** A share of traffic from which on most of what a reader sees may be wrong. */
const LARGE_SHARE = 0.2

export function riskOf(incident: StoredIncident, nowMs: number): Incident['risk'] {
  const reasons: { readonly points: number; readonly text: string }[] = []
  const add = (points: number, text: string): void => void reasons.push({ points, text })
  const { findings } = incident
  const counted = findings.some(lasts) ? findings.filter(lasts) : findings
  const kinds = [...new Set(counted.map(({ kind }) => kind))]
  if (kinds.length > 1)
    add(1, `${kinds.length} patterns find it together: ${kinds.map(kindName).join('; ')}.`)
  const patterns = kinds.map(patternOf)
  if (patterns.some((one) => one?.deliveries === 'verified'))
    add(1, 'The deliveries were verified: if they are not the ESP’s, somebody else has the secret.')
  else if (patterns.every((one) => one?.deliveries === 'refused'))
    add(-1, 'Only refused deliveries and copies: nothing of it was accepted.')
  if (patterns.some((one) => one?.hasNewNetworks)) add(1, 'They come from networks that never sent before.')
  const share = Math.max(0, ...counted.flatMap((one) => shareOf(one.kind, one.features[0]?.observed)))
  if (share >= LARGE_SHARE) add(1, `It is ${percent(share)} of the traffic that it is measured by.`)
  const until = Math.max(
    0,
    ...incident.containments.map((one) => (one.liftedAtMs === null ? one.endsAtMs : 0)),
  )
  if (isOver(incident))
    add(-1, findings.some(lasts) ? 'Somebody resolved it, and it is still found.' : 'It is over.')
  else if (until > nowMs) add(-1, `It is contained until ${toInstant(until)}.`)
  const ofSeverity = SEVERITIES.indexOf(incident.severity)
  const points = reasons.reduce((sum, one) => sum + one.points, ofSeverity)
  const level = RISK_LEVELS.findLast((_, i) => points >= (LEVEL_POINTS[i] ?? 0)) ?? 'low'
  return { level, reasons: reasons.map(({ text }) => text) }
}

const shareOf = (kind: string, observed = 0): readonly number[] =>
  kind.endsWith('_share') && observed <= 1 ? [observed] : []
