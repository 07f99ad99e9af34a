/** Report of a failover drill: what had to hold while each part was down, and what was found. */
import type { DrillReport } from '../../../src/api/drills.ts'
import type { Archived } from './look.ts'
import { SOURCES } from './parts.ts'
import type { Outcome } from './take-down.ts'

export interface Failover extends Pick<DrillReport, 'version' | 'began_at' | 'ended_at'> {
  readonly perSecond: number
  readonly outcomes: readonly Outcome[]
  /** Null if no part was down that the archive needs. */
  readonly archive: Archived | null
}

type Check = DrillReport['checks'][number]
type Figure = DrillReport['figures'][number]

export function failoverReport(failover: Failover): DrillReport {
  const { version, began_at, ended_at, outcomes } = failover
  const checks = [...outcomes.flatMap(checksOf), ...archiveCheck(failover)]
  const failed = checks.filter(({ passed }) => !passed)
  const events = sum(outcomes.map((one) => one.events))
  const lost = sum(outcomes.map((one) => one.lost))
  const longestMs = Math.max(0, ...outcomes.map((one) => one.longestMs))
  const titles = outcomes.map(({ part }) => part.title).join(', ')
  return {
    kind: 'failover',
    version,
    began_at,
    ended_at,
    passed: failed.length === 0,
    summary: [
      `Down in turn, at ${failover.perSecond} deliveries a second: ${titles}.`,
      `Of ${events} events ${lost === 0 ? 'none was' : `${lost} were`} lost. A delivery was refused for ${seconds(longestMs)} s at most.`,
      ...(failed.length === 0 ? [] : [`${failed.length} of ${checks.length} checks failed.`]),
    ].join(' '),
    figures: outcomes.flatMap(figuresOf),
    checks,
  }
}

function checksOf(outcome: Outcome): Check[] {
  const { part, events, accepted, lost, storedTwice, undelivered, deliveredAgain } = outcome
  const check = (name: string, passed: boolean, found: string): Check => ({
    name: `${part.title}: ${name}`,
    passed,
    found,
  })
  const givenUp = outcome.refusedForGood + outcome.neverAccepted
  return [
    check('really down', outcome.failedCalls > 0, `${outcome.failedCalls} calls failed.`),
    check(
      'nothing that got a 200 is lost',
      lost === 0 && outcome.storedAfterMs !== null,
      lost === 0 ? `All ${accepted} events are stored.` : `${lost} of ${accepted} events are not stored.`,
    ),
    check('nothing is stored twice', storedTwice === 0, `${orNone(storedTwice)} of ${events} events.`),
    check(
      'the destination got everything',
      undelivered === 0,
      undelivered === 0
        ? `All of it. ${orNone(deliveredAgain)} of ${events} events came more than once.`
        : `${undelivered} of ${events} events did not arrive.`,
    ),
    check(
      'no ESP has to give up',
      givenUp === 0,
      givenUp === 0
        ? `${outcome.deliveries} deliveries were accepted in the end. ${outcome.refusals} tries got an answer that ESPs try again.`
        : `${outcome.refusedForGood} deliveries were refused for good, ${outcome.neverAccepted} were never accepted.`,
    ),
    ...goesOnCheck(outcome, check),
    check(
      'nothing forged is accepted',
      outcome.forgedAccepted === 0,
      `${orNone(outcome.forgedAccepted)} of ${outcome.forged} forged deliveries.`,
    ),
    ...healthCheck(outcome, check),
  ]
}

type Make = (name: string, passed: boolean, found: string) => Check

function goesOnCheck({ part, bySource }: Outcome, check: Make): Check[] {
  if (part.goesOn.length === 0) return []
  const found = part.goesOn.map((kind) => ({ kind, ...(bySource[kind] ?? { sent: 0, atOnce: 0 }) }))
  return [
    check(
      'other deliveries go on',
      found.every(({ sent, atOnce }) => sent > 0 && sent === atOnce),
      `Accepted at once: ${found.map(({ kind, sent, atOnce }) => `${SOURCES[kind]} ${atOnce} of ${sent}`).join(', ')}.`,
    ),
  ]
}

function healthCheck({ part, faults }: Outcome, check: Make): Check[] {
  if (part.health === null) return []
  return [
    check(
      'health says so',
      part.health.every((name) => faults?.includes(name) ?? false),
      faults === null ? 'The console did not answer.' : `It named: ${faults.join(', ') || 'nothing'}.`,
    ),
  ]
}

function archiveCheck({ archive }: Failover): Check[] {
  if (archive === null) return []
  const { stored, archived } = archive
  return [
    {
      name: 'Archive: has everything in the end',
      passed: stored > 0 && stored === archived,
      found: `${archived} of ${stored} stored events are in files.`,
    },
  ]
}

function figuresOf({ part, downMs, longestMs, storedAfterMs, deliveredAfterMs }: Outcome): Figure[] {
  const figure = (name: string, ms: number | null, meaning: string): Figure[] =>
    ms === null ? [] : [{ name: `${part.title}: ${name}`, value: seconds(ms), unit: 'seconds', meaning }]
  return [
    ...figure('down', downMs, 'How long calls failed.'),
    ...figure('longest refusal', longestMs, 'The longest that an ESP had to try again and again.'),
    ...figure('stored after', storedAfterMs, 'From the end of the outage until all was stored.'),
    ...figure('delivered after', deliveredAfterMs, 'The same until the destination had all of it.'),
  ]
}

const orNone = (count: number): number | 'None' => (count === 0 ? 'None' : count)

const seconds = (ms: number): number => Math.round(ms / 100) / 10

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
