/** How bad an incident is: patterns say it, and channels tell it. */

/** From the least to the most severe. */
export const SEVERITIES = ['info', 'warning', 'error', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export const isAtLeast = (severity: Severity, minimum: Severity): boolean =>
  SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(minimum)

export const isMoreSevere = (severity: Severity, than: Severity): boolean =>
  severity !== than && isAtLeast(severity, than)
