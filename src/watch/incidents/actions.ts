/** What to do about an incident, as buttons and as commands; most urgent first. */
import type { ContainRequest, RecommendedAction } from './incident.ts'
import { isOnlyRefused } from './cause.ts'
import { type StoredIncident, isOver } from './stored.ts'

const HOUR_SECONDS = 3_600
const BLOCKS_MAX = 3

export function actionsOf(incident: StoredIncident): readonly RecommendedAction[] {
  const { number, source, findings, state } = incident
  if (isOver(incident))
    return state === 'reviewed'
      ? []
      : [
          {
            label: 'Review',
            contain: null,
            command: `postern incidents review ${number} --cause CAUSE --lessons LESSONS`,
          },
        ]
  const kinds = new Set(findings.map(({ kind }) => kind))
  const has = (...some: readonly string[]): boolean => some.some((kind) => kinds.has(kind))
  const actions: RecommendedAction[] = []
  const contain = (label: string, request: ContainRequest): void =>
    void actions.push({ label, contain: request, command: commandOf(number, request) })
  if (source !== null) {
    // Deliveries from networks of other kinds were verified: a block is refused.
    const refused = findings.filter(({ kind }) => isOnlyRefused(kind))
    const networks = [...new Set(refused.flatMap((one) => one.networks))]
    for (const network of networks.slice(0, BLOCKS_MAX))
      contain(`Block ${network} for an hour`, { action: 'block', network, seconds: HOUR_SECONDS })
    if (has('address', 'payload', 'bounce_share', 'complaint_share', 'replay')) {
      contain('Raise the level to maximum for an hour', {
        action: 'raise_level',
        level: 'maximum',
        seconds: HOUR_SECONDS,
      })
      contain('Pause the source for an hour', { action: 'pause', seconds: HOUR_SECONDS })
    }
    if (has('address', 'token_reuse'))
      actions.push({
        label: 'Rotate the secret that leaked',
        contain: null,
        command: `postern secrets list ${source}`,
      })
  }
  if (state === 'open')
    actions.push({ label: 'Acknowledge', contain: null, command: `postern incidents ack ${number}` })
  actions.push({ label: 'Resolve', contain: null, command: `postern incidents resolve ${number}` })
  return actions
}

const commandOf = (number: number, request: ContainRequest): string | null => {
  const start = `postern incidents contain ${number}`
  if (request.action === 'block') return `${start} --block ${request.network} --for ${request.seconds}`
  if (request.action === 'raise_level')
    return `${start} --raise-level ${request.level} --for ${request.seconds}`
  if (request.action === 'pause') return `${start} --pause --for ${request.seconds}`
  return `${start} --rotate ${request.slot}`
}
