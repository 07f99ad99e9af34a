/** A source with a steady rhythm, for tests that change one thing. */
import type { Change } from '../../../src/watch/grouping.ts'
import { type MinuteSignals, NOTHING, bounded } from '../../../src/watch/signals/signals.ts'
import { type SourceWatch, newSourceWatch, watchMinute } from '../../../src/watch/source-watch.ts'

/** Monday, 5 January 2026, 00:00 UTC. */
export const BEGIN = 29_459_520
const DAYS = 16

/** The first minute after the calm weeks: a Wednesday, 00:00 UTC. */
export const NOW = BEGIN + DAYS * 1440

export const NETWORK = '192.0.2.0/24'

/** Two deliveries a minute; a bounce every 100 minutes, a complaint every 2,000. */
export function calmMinute(minute: number): MinuteSignals {
  const bounced = minute % 100 === 0 ? 1 : 0
  const complained = minute % 2000 === 0 ? 1 : 0
  const accepted = 2 + bounced + complained
  return {
    ...NOTHING,
    accepted,
    duplicates: minute % 200 === 0 ? 1 : 0,
    quarantined: minute % 3000 === 0 ? 1 : 0,
    events: { 'email.delivered': 2, 'email.bounced': bounced, 'email.spam_reported': complained },
    nativeTypes: { delivered: 2, bounce: bounced, spamreport: complained },
    networks: { [NETWORK]: accepted },
    lagSeconds: 10 + (minute % 7),
    bodyBytes: 1000 + (minute % 13),
    refused:
      minute % 700 === 0
        ? [
            {
              code: 'signature_mismatch',
              network: `10.0.${minute % 251}.0/24`,
              asn: 64_000 + (minute % 997),
              count: 1,
            },
          ]
        : [],
  }
}

let calm: string | undefined

/** A watch that has seen the calm weeks. Each call returns a copy. */
export function calmWatch(): SourceWatch {
  calm ??= JSON.stringify(afterCalmWeeks())
  return JSON.parse(calm) as SourceWatch
}

function afterCalmWeeks(): SourceWatch {
  const watch = newSourceWatch(BEGIN)
  const changes = play(watch, BEGIN, NOW - BEGIN, calmMinute)
  if (changes.length > 0) throw new Error(`calm weeks raised ${JSON.stringify(changes)}`)
  return watch
}

/** One minute with signals as they come: none, or of any form. Changes that bring only figures are left out. */
export const seeMinute = (
  watch: SourceWatch,
  minute: number,
  signals: Partial<MinuteSignals> | undefined,
): Change[] => watchMinute(watch, minute, bounded(signals ?? {})).filter(({ change }) => change !== 'seen')

export function play(
  watch: SourceWatch,
  from: number,
  minutes: number,
  signalsOf: (minute: number) => Partial<MinuteSignals> | undefined,
): Change[] {
  const changes: Change[] = []
  for (let minute = from; minute < from + minutes; minute += 1)
    changes.push(...seeMinute(watch, minute, signalsOf(minute)))
  return changes
}

/** Findings that were raised, as `kind severity feature`. */
export const raisedIn = (changes: readonly Change[]): string[] =>
  changes.flatMap((one) =>
    one.change === 'ended'
      ? []
      : [`${one.finding.kind} ${one.finding.severity} ${one.finding.features[0]?.name ?? ''}`],
  )
