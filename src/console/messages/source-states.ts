/** How a source stands, in a word: the worst of what is known about it. */
import type { SourceView } from '../../registry/sources/source.ts'
import { DAY_MS } from '../../platform/time.ts'
import type { Incident } from '../../watch/incidents/incident.ts'
import { patternOf } from '../../watch/patterns/index.ts'
import { SEVERITY_TONES } from './incidents.ts'
import { needsSomebody } from './rotation.ts'
import type { Tone } from './tone.ts'

export interface SourceStanding {
  readonly source: Pick<SourceView, 'missingSecrets' | 'secrets' | 'rotations' | 'config'>
  /** The most severe one that is not over. */
  readonly incident: Pick<Incident, 'kind' | 'severity'> | undefined
  readonly isPaused: boolean
  /** Time of the newest event; null if there is none, undefined if the store does not tell. */
  readonly lastEventMs: number | null | undefined
}

/** Words for incidents of one kind. Any other is an attack if its deliveries are refused. */
const INCIDENT_WORDS: Readonly<Record<string, string>> = {
  bounce_share: 'bounces',
  complaint_share: 'complaints',
  drift: 'misread',
  lag: 'late',
  surge: 'surge',
  silence: 'silent',
  source_quiet: 'silent',
  source_closed: 'refuses everything',
  source_refused: 'refuses everything',
  secret_due: 'old secret',
  secret_waits: 'secret waits',
  webhook_off: 'webhook wrong',
  sync_stopped: 'sync waits',
}

const incidentWord = (kind: string): string =>
  INCIDENT_WORDS[kind] ?? (patternOf(kind)?.deliveries === 'refused' ? 'under attack' : 'incident')

export function sourceState(
  { source, incident, isPaused, lastEventMs }: SourceStanding,
  nowMs: number,
): readonly [tone: Tone, word: string] {
  if (source.missingSecrets !== null)
    return ['bad', source.secrets.length === 0 ? 'no secret' : 'refuses everything']
  if (incident !== undefined) return [SEVERITY_TONES[incident.severity], incidentWord(incident.kind)]
  if (isPaused) return ['warn', 'paused']
  if (source.rotations.some(needsSomebody)) return ['warn', 'secret waits']
  if (source.config.observe) return ['plain', 'observes']
  if (lastEventMs === undefined) return ['plain', 'not known']
  if (lastEventMs === null) return ['plain', 'setting up']
  return nowMs - lastEventMs > DAY_MS ? ['warn', 'silent'] : ['good', 'works']
}
