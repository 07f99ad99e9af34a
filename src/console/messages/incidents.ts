/** States, severities and what is measured of incidents, in words and tones. */
import type { Feature } from '../../watch/patterns/pattern.ts'
import type { IncidentState } from '../../watch/incidents/incident.ts'
import { figureText, measureName } from '../../watch/names.ts'
import type { Severity } from '../../watch/severity.ts'
import type { Tone } from './tone.ts'

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = {
  info: 'plain',
  warning: 'warn',
  error: 'bad',
  critical: 'bad',
}

export const STATE_TONES: Readonly<Record<IncidentState, Tone>> = {
  open: 'bad',
  acknowledged: 'warn',
  contained: 'warn',
  resolved: 'good',
  reviewed: 'plain',
}

/** `wrong secrets 20, usually 0`. */
export const featureWords = ({ name, observed, expected }: Feature): string =>
  `${measureName(name)} ${figureText(name, observed)}, usually ${figureText(name, expected)}`
