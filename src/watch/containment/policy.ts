/** What the policy of a source asks for, given what was found there. Pure. */
import { type ContainmentPolicy, POLICY, type PolicyAction } from '../../registry/containment/policy.ts'
import type { Containment } from '../../registry/containment/containment.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import type { ContainRequest } from '../incidents/incident.ts'
import { type StoredFinding, type StoredIncident, isOver, lasts } from '../incidents/stored.ts'

const SECONDS = 3_600

/** Networks of an incident that a policy blocks. More are for a person to decide about. */
const NETWORKS_MAX = 3

/** Kinds that some policy can act on. */
const KINDS: ReadonlySet<string> = new Set(Object.values(POLICY).map(({ kind }) => kind))

/** The findings of an incident that a policy may act on. After somebody has lifted a containment of it, there are none. */
export function actionable(incident: StoredIncident): readonly StoredFinding[] {
  if (isOver(incident) || incident.containments.some(({ liftedAtMs }) => liftedAtMs !== null)) return []
  return incident.findings.filter((one) => one.source !== null && lasts(one) && KINDS.has(one.kind))
}

/**
 * What is still to be done about a finding. Each finding is contained once: what was done since it was raised is not repeated.
 *
 * @param containments of its incident, so far
 */
export function wishesOf(
  finding: StoredFinding,
  containments: readonly Containment[],
  { config, secrets, rotations }: Pick<SourceView, 'config' | 'secrets' | 'rotations'>,
): readonly ContainRequest[] {
  const raisedMs = finding.raisedMinute * 60_000
  const made = containments.filter(({ source }) => source === finding.source)
  const isNew = (request: ContainRequest): boolean =>
    !made.some((one) => one.startedAtMs >= raisedMs && isSame(one, request))
  const action = actionFor(config.containment, finding.kind)
  if (action === 'block') return blocksOf(finding, containments).filter(isNew)
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

function actionFor(policy: ContainmentPolicy | undefined, kind: string): PolicyAction | undefined {
  for (const [name, row] of Object.entries(POLICY))
    if (row.kind === kind) return policy?.[name as keyof typeof POLICY]
  return undefined
}

function isSame({ measure }: Containment, request: ContainRequest): boolean {
  if (measure.action === 'block' && request.action === 'block') return measure.network === request.network
  return measure.action === request.action
}
