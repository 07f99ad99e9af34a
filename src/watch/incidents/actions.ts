/** Recommended actions for an incident, as buttons and as commands; most urgent first. Nothing is recommended that would be refused. */
import { patternOf } from '../patterns/index.ts'
import type { ContainmentAction } from '../patterns/pattern.ts'
import type { ContainRequest, RecommendedAction } from './incident.ts'
import { type StoredIncident, isOver, lasts } from './stored.ts'

const HOUR_SECONDS = 3_600
const BLOCKS_MAX = 3

/** @param isPartial whether it is also about sources that its reader does not see */
export function actionsOf(
  incident: StoredIncident,
  isPartial: boolean,
  nowMs: number,
): readonly RecommendedAction[] {
  const { number, state } = incident
  const command = (label: string, text: string): RecommendedAction => ({
    label,
    source: null,
    contain: null,
    command: text,
  })
  if (isOver(incident))
    return state === 'reviewed' || isPartial
      ? []
      : [command('Review', `postern incidents review ${number} --cause CAUSE --lessons LESSONS`)]
  return [
    ...containing(incident, nowMs),
    ...sourcesWith(incident, 'rotate').map((source) =>
      command(`Rotate the secret that leaked${placeOf(incident, source)}`, `postern secrets list ${source}`),
    ),
    ...(state === 'open' && !isPartial ? [command('Acknowledge', `postern incidents ack ${number}`)] : []),
    ...(isPartial ? [] : [command('Resolve', `postern incidents resolve ${number}`)]),
  ]
}

function containing(incident: StoredIncident, nowMs: number): RecommendedAction[] {
  const { possible, containments } = incident
  const action = (label: string, source: string, contain: ContainRequest): RecommendedAction => ({
    label: `${label} for an hour${placeOf(incident, source)}`,
    source,
    contain,
    command: commandOf(incident, source, contain),
  })
  const isDone = (
    source: string,
    { action, network }: { action: ContainRequest['action']; network?: string },
  ) =>
    containments.some(
      ({ source: at, measure, liftedAtMs, endsAtMs }) =>
        at === source &&
        liftedAtMs === null &&
        endsAtMs > nowMs &&
        measure.action === action &&
        (measure.action !== 'block' || measure.network === network),
    )
  const blocks = (possible?.blocks ?? [])
    .filter(({ source, network }) => !isDone(source, { action: 'block', network }))
    .slice(0, BLOCKS_MAX)
    .map(({ source, network }) =>
      action(`Block ${network}`, source, { action: 'block', network, seconds: HOUR_SECONDS }),
    )
  const [raised, paused] = [sourcesWith(incident, 'raiseLevel'), sourcesWith(incident, 'pause')]
  const seconds = HOUR_SECONDS
  const others = [...new Set([...raised, ...paused])].flatMap((source) => [
    ...(raised.includes(source) &&
    possible?.raises.includes(source) === true &&
    !isDone(source, { action: 'raise_level' })
      ? [action('Raise the level to maximum', source, { action: 'raise_level', level: 'maximum', seconds })]
      : []),
    ...(paused.includes(source) && !isDone(source, { action: 'pause' })
      ? [action('Pause the source', source, { action: 'pause', seconds })]
      : []),
  ])
  return [...blocks, ...others]
}

/** Why networks are not to be blocked that a person might want to block. */
export const notAdvised = (incident: StoredIncident): readonly string[] =>
  isOver(incident)
    ? []
    : (incident.possible?.refused ?? [])
        .slice(0, BLOCKS_MAX)
        .map(({ source, network, why }) => `Do not block ${network}${placeOf(incident, source)}: ${why}.`)

/** Sources of more than this are for a person to decide about, one by one. */
const SOURCES_MAX = 3

/** Sources with a finding that advises an action. Against a bad list, no containment helps. */
const sourcesWith = ({ findings }: StoredIncident, action: ContainmentAction): string[] => {
  const isForged = findings.some((one) => lasts(one) && patternOf(one.kind)?.hasNewNetworks === true)
  const advising = findings.filter((one) => {
    const pattern = patternOf(one.kind)
    const isList = pattern?.mayBeList === true && !isForged
    return lasts(one) && !isList && pattern?.advisedActions.includes(action)
  })
  return [...new Set(advising.flatMap(({ source }) => source ?? []))].slice(0, SOURCES_MAX)
}

const placeOf = (incident: StoredIncident, source: string): string =>
  incident.source === null ? ` at ${source}` : ''

function commandOf(
  { number, source: only }: StoredIncident,
  source: string,
  request: ContainRequest,
): string {
  const start = `postern incidents contain ${number}${only === null ? ` --source ${source}` : ''}`
  if (request.action === 'block') return `${start} --block ${request.network} --for ${request.seconds}`
  if (request.action === 'raise_level')
    return `${start} --raise-level ${request.level} --for ${request.seconds}`
  if (request.action === 'pause') return `${start} --pause --for ${request.seconds}`
  return `${start} --rotate ${request.slot}`
}
