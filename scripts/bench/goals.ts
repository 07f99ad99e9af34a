/** The goals of `npm run bench` and `npm run cost`, and whether a reading meets them. */
import { type Spread, textOf } from './spread.ts'

interface Goal {
  readonly what: string
  readonly must: number
  readonly aim: number
  readonly better: 'more' | 'less'
  readonly digits?: number
  /** Why it may not be reached. */
  readonly obstacle?: string
}

const GATEWAY_WORK =
  'beyond the work of the floor, the gateway reads the body under a limit and a deadline, digests it for the claim and each event for its id, parses, encrypts with AES-GCM, writes its claims and, after the answer, its log lines. Concurrent deliveries compensate for that by sharing calls; a lone delivery cannot.'

/** The only list of goals. */
export const GOALS = {
  throughput: {
    what: 'gateway throughput over the floor, 50 at once, 2 KB',
    must: 0.8,
    aim: 0.95,
    better: 'more',
    obstacle: GATEWAY_WORK,
  },
  latency: {
    what: 'gateway median latency over the floor, one at a time, 2 KB',
    must: 1.25,
    aim: 1.05,
    better: 'less',
    obstacle: `${GATEWAY_WORK} The column "by hand" shows how much of it is that work; the rest is spread over many small pieces, each of which keeps a guarantee.`,
  },
  verification: {
    what: 'verification time over the minimum with WebCrypto',
    must: 1.3,
    aim: 1.1,
    better: 'less',
  },
  sendgrid: {
    what: 'time of @sendgrid/eventwebhook over ours, SendGrid verification',
    must: 5,
    aim: 20,
    better: 'more',
  },
  guard: {
    what: 'guard: settled claims a second over one INSERT a request',
    must: 2,
    aim: 4,
    better: 'more',
  },
  batch: {
    what: 'gateway time an event, 1,000 a delivery over 100 a delivery',
    must: 1.2,
    aim: 1,
    better: 'less',
  },
  consumer: {
    what: 'events a second into the store, filled over empty',
    must: 0.7,
    aim: 0.9,
    better: 'more',
  },
  forgeryCalls: { what: 'object calls a forgery', must: 0.01, aim: 0.01, better: 'less', digits: 4 },
  forgeryRows: { what: 'rows written a forgery', must: 0.01, aim: 0.01, better: 'less', digits: 4 },
  forgeryQueue: { what: 'queue operations a forgery', must: 0, aim: 0, better: 'less', digits: 4 },
  deliveryDollars: {
    what: 'dollars a million single-event deliveries',
    must: 4,
    aim: 2.5,
    better: 'less',
    obstacle:
      'the queue (write, read, delete) is $1.20 of it and the request $0.30, which is unavoidable; the rest is mostly rows of the store.',
  },
  eventDollars: {
    what: 'dollars a million events in batches of 100',
    must: 2.2,
    aim: 0.5,
    better: 'less',
    obstacle: 'all but a few cents are rows of the store.',
  },
} as const satisfies Readonly<Record<string, Goal>>

export type GoalName = keyof typeof GOALS

/** What was measured for a goal. */
export interface Reading {
  readonly goal: GoalName
  /** Which measurement, if a goal is measured more than once. */
  readonly of?: string
  readonly spread: Spread
}

export type GoalResult = 'aim reached' | 'reached' | 'short, within the spread' | 'SHORT'

/** A reading is short only if its better quartile misses the goal, too. */
export function judge({ goal, spread }: Reading): GoalResult {
  const { must, aim, better } = GOALS[goal] as Goal
  const reaches = (value: number, bound: number) => (better === 'more' ? value >= bound : value <= bound)
  if (reaches(spread.median, aim)) return 'aim reached'
  if (reaches(spread.median, must)) return 'reached'
  return reaches(better === 'more' ? spread.high : spread.low, must) ? 'short, within the spread' : 'SHORT'
}

export const goalLine = (reading: Reading): readonly string[] => {
  const { what, must, aim, digits = 2 } = GOALS[reading.goal] as Goal
  return [
    reading.of === undefined ? what : `${what}: ${reading.of}`,
    textOf(reading.spread, digits),
    String(must),
    String(aim),
  ]
}

/** The obstacles of the goals that are not reached, each once. */
export const obstaclesOf = (readings: readonly Reading[]): readonly string[] => {
  const short = readings.filter((reading) => judge(reading).toLowerCase().startsWith('short'))
  const byObstacle = Map.groupBy(
    new Set(short.map(({ goal }) => GOALS[goal] as Goal)),
    ({ obstacle }) => obstacle,
  )
  return [...byObstacle].flatMap(([obstacle, goals]) =>
    obstacle === undefined ? [] : [`${goals.map(({ what }) => what).join(', and to ')}: ${obstacle}`],
  )
}
