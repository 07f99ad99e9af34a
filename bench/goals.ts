/** Goals, and the judgment of readings against them. Both `npm run bench` and `npm run cost` are judged here. */
import { type Spread, textOf } from './spread.ts'

interface Goal {
  readonly what: string
  readonly must: number
  readonly aim: number
  readonly better: 'more' | 'less'
  readonly digits?: number
  /** Obstacle, where the goal is not reached. */
  readonly obstacle?: string
}

const GATEWAY_WORK =
  'the gateway does more than the floor. It reads the body under a limit and a deadline, hashes it for the claim and each event for its id, parses and encrypts it, and writes claims and log lines. Concurrent deliveries share their calls and get that back; a lone one does not.'

/** The only list of goals. */
export const GOALS = {
  throughput: {
    what: 'gateway throughput over the floor, 50 at once, 2 KB',
    must: 0.75,
    aim: 0.85,
    better: 'more',
    obstacle: GATEWAY_WORK,
  },
  throughputOf10: {
    what: 'gateway throughput over the floor, 10 at once, 2 KB',
    must: 0.6,
    aim: 0.7,
    better: 'more',
    obstacle: GATEWAY_WORK,
  },
  throughputOfSources: {
    what: 'gateway throughput over the floor, 50 at once, 2 KB, 100 sources',
    must: 0.72,
    aim: 0.8,
    better: 'more',
    obstacle: GATEWAY_WORK,
  },
  throughputOf64Kb: {
    what: 'gateway throughput over the floor, 10 at once, 64 KB',
    must: 0.48,
    aim: 0.6,
    better: 'more',
    obstacle: GATEWAY_WORK,
  },
  verification: {
    what: 'verification time over the least that one writes with WebCrypto',
    must: 1.25,
    aim: 1.1,
    better: 'less',
  },
  token: {
    what: 'verification time of a token, with the strict check in front of jose, over jose alone',
    must: 1.15,
    aim: 1.05,
    better: 'less',
    obstacle:
      'jose accepts other spellings of one token, so each character is looked at first. The keys are looked up, and three more claims are asked for. Half of the time of an HS256 token is such code, since its HMAC is short.',
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
  hot: {
    what: 'events a second into a store that removes as many old ones, over an empty one',
    must: 0.85,
    aim: 0.95,
    better: 'more',
  },
  archive: {
    what: 'events a second into the archive, over the consumer into the store',
    must: 2,
    aim: 5,
    better: 'more',
  },
  archiveBytes: {
    what: 'bytes an event in the archive',
    must: 450,
    aim: 300,
    better: 'less',
    digits: 0,
  },
  statementSeconds: {
    what: 'seconds of a statement in DuckDB, over 10 million events',
    must: 5,
    aim: 1,
    better: 'less',
  },
  destination: {
    what: 'single events a second to one endpoint, over a bare loop of fetches with as many connections',
    must: 0.5,
    aim: 0.7,
    better: 'more',
    obstacle:
      'a delivery is read from the store, opened, signed and sent with a deadline, and a bare fetch has none of that. Here the database runs beside it in one process.',
  },
  destinationDelay: {
    what: 'milliseconds from the 200 until the endpoint has the event, beyond the wait of the queue',
    must: 300,
    aim: 100,
    better: 'less',
    digits: 0,
  },
  besideDead: {
    what: 'events a second to nine endpoints beside one that never answers, over nine alone',
    must: 0.95,
    aim: 1,
    better: 'more',
  },
  firstByteMs: {
    what: 'milliseconds to the first byte of the slowest page, a million events stored, 95 of 100',
    must: 150,
    aim: 50,
    better: 'less',
    digits: 0,
  },
  clientKilobytes: {
    what: 'kilobytes of the script of all pages, compressed',
    must: 20,
    aim: 10,
    better: 'less',
    digits: 1,
  },
  paintSeconds: {
    what: 'seconds until the largest content of the overview is painted, over slow 4G',
    must: 1.5,
    aim: 0.8,
    better: 'less',
  },
  forgeryCalls: { what: 'object calls a forgery', must: 0.01, aim: 0.01, better: 'less', digits: 4 },
  forgeryRows: { what: 'rows written a forgery', must: 0.01, aim: 0.01, better: 'less', digits: 4 },
  forgeryQueue: { what: 'queue operations a forgery', must: 0, aim: 0, better: 'less', digits: 4 },
  watcherSeconds: {
    what: 'seconds of processor time in which an object wakes and watches its sources for a minute',
    must: 30,
    aim: 3,
    better: 'less',
  },
  watcherMegabytes: {
    what: 'megabytes of memory of an object that watches sources',
    must: 128,
    aim: 64,
    better: 'less',
    digits: 1,
  },
  deliveryDollars: {
    what: 'dollars a million single-event deliveries',
    must: 4,
    aim: 2.5,
    better: 'less',
    obstacle:
      'the queue (write, read, delete) is $1.20 of it and the request $0.30, whatever is done; the rest is mostly rows of the store.',
  },
  eventDollars: {
    what: 'dollars a million events in batches of 100',
    must: 2.2,
    aim: 0.5,
    better: 'less',
    obstacle: 'all but a few cents are rows of the store.',
  },
  forwardedDollars: {
    what: 'dollars a million events to an endpoint that answers in 100 ms, one by one',
    must: 0.6,
    aim: 0.3,
    better: 'less',
  },
  forwardedBatchDollars: {
    what: 'dollars a million events to an endpoint that answers in 100 ms, in batches of 100',
    must: 0.05,
    aim: 0.02,
    better: 'less',
    digits: 3,
  },
  archivedDollars: {
    what: 'dollars a million events, archived and kept for a year',
    must: 0.15,
    aim: 0.08,
    better: 'less',
    digits: 3,
  },
  watchDollars: {
    what: 'dollars a million events of the watch, 100 sources with 100 million events a month',
    must: 0.1,
    aim: 0.02,
    better: 'less',
    digits: 3,
  },
} as const satisfies Readonly<Record<string, Goal>>

export type GoalName = keyof typeof GOALS

/** Measured value for a goal. */
export interface Reading {
  readonly goal: GoalName
  /** Which of several, where a goal is measured more than once. */
  readonly of?: string
  readonly spread: Spread
}

export type GoalResult = 'aim reached' | 'reached' | 'short, within the spread' | 'SHORT'

/** Short only when the better quartile misses the goal too. */
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

/** Obstacles of the goals that are not reached, once each. */
export const obstaclesOf = (readings: readonly Reading[]): readonly string[] => {
  const short = readings.filter((reading) => judge(reading).toLowerCase().startsWith('short'))
  const byObstacle = Map.groupBy(
    new Set(short.map(({ goal }) => GOALS[goal] as Goal)),
    ({ obstacle }) => obstacle,
  )
  return [...byObstacle].flatMap(([obstacle, goals]) =>
    obstacle === undefined ? [] : [`${goals.map(({ what }) => what).join(', and of ')}: ${obstacle}`],
  )
}
