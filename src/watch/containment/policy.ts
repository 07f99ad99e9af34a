/** Actions that a source's policy asks for, given the findings there. Pure. */
import type { Containment } from '../../registry/containment/containment.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import type { ContainRequest } from '../incidents/incident.ts'
import { policyNameOf } from '../patterns/index.ts'
import { isAtLeast } from '../severity.ts'
import { type StoredFinding, type StoredIncident, isOver, lasts } from '../incidents/stored.ts'

const SECONDS = 3_600

/** Networks of an incident that a policy blocks. More are for a person to decide about. */
const NETWORKS_MAX = 3

/** A block is made longer before it ends, so that nobody gets through between two. */
const RENEW_BEFORE_MS = 120_000

/**
 * The findings of an incident that a policy may act on: those of at least a warning. After a person has lifted a containment of it, there
 * are none.
 */
export function actionable(incident: StoredIncident): readonly StoredFinding[] {
  if (isOver(incident) || incident.containments.some(isLiftedByPerson)) return []
  return incident.findings.filter(
    (one) => one.source !== null && lasts(one) && isAtLeast(one.severity, 'warning'),
  )
}

/**
 * Actions for a finding now. A block lasts as long as the finding, unless it was lifted. All else touches the ESP's own deliveries, and is
 * done once: then a person has to decide.
 *
 * @param containments of its incident, so far
 */
export function plannedActions(
  finding: StoredFinding,
  containments: readonly Containment[],
  { config, secrets, rotations }: Pick<SourceView, 'config' | 'secrets' | 'rotations'>,
  nowMs: number,
): readonly ContainRequest[] {
  const raisedMs = finding.raisedMinute * 60_000
  const made = containments.filter(({ source }) => source === finding.source)
  const isNew = (request: ContainRequest): boolean =>
    !made.some((one) => one.startedAtMs >= raisedMs && isSame(one, request))
  const isOpen = (request: ContainRequest): boolean =>
    !made.some(
      (one) => isSame(one, request) && (one.liftedAtMs !== null || one.endsAtMs > nowMs + RENEW_BEFORE_MS),
    )
  const action = config.containment?.[policyNameOf(finding.kind)]
  if (action === 'block') return blocksOf(finding, containments).filter(isOpen)
  if (action === 'raiseLevel')
    return [{ action: 'raise_level', level: 'maximum', seconds: SECONDS } as const].filter(isNew)
  if (action === 'pause') return [{ action: 'pause', seconds: SECONDS } as const].filter(isNew)
  if (action !== 'rotate') return []
  const rotated = (slot: string): boolean =>
    secrets.some((one) => one.slot === slot && one.origin === 'postern' && one.createdAtMs >= raisedMs)
  const slots = rotations.filter(({ generated }) => generated).map(({ slot }) => slot)
  return slots.filter((slot) => !rotated(slot)).map((slot) => ({ action: 'rotate', slot }))
}

/** The most active networks first, up to the limit of the incident. */
function blocksOf({ networks }: StoredFinding, made: readonly Containment[]): ContainRequest[] {
  const blocked = new Set(
    made.flatMap(({ measure, by }) =>
      measure.action === 'block' && by === 'policy' ? [measure.network] : [],
    ),
  )
  const chosen: string[] = []
  for (const network of networks) {
    if (!blocked.has(network) && blocked.size >= NETWORKS_MAX) continue
    blocked.add(network)
    chosen.push(network)
  }
  return chosen.map((network) => ({ action: 'block', network, seconds: SECONDS }))
}

const isLiftedByPerson = ({ liftedAtMs, liftedBy }: Containment): boolean =>
  liftedAtMs !== null && liftedBy !== 'policy'

function isSame({ measure }: Containment, request: ContainRequest): boolean {
  if (measure.action === 'block' && request.action === 'block') return measure.network === request.network
  return measure.action === request.action
}
