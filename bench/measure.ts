/** Times contestants that run in turns, so that other load on the machine affects all of them alike. */
import { type Contestants, type Row, type Verify, isGenuine } from './row.ts'
import { bodyOf } from './making.ts'
import { type Spread, ratioOf, spreadOf } from './spread.ts'

export interface Effort {
  readonly rounds: number
  /** How long a contestant runs before the next one's turn. */
  readonly turnMs: number
  readonly warmUpMs: number
}

export interface Measured {
  readonly name: string
  /** Postern's verifications per second, the median of the rounds. */
  readonly perSecond: number
  /** Postern's time divided by that of the minimum around WebCrypto, and by that of the WebCrypto call alone. */
  readonly overBare: Spread
  readonly overCheck: Spread
  /** The library's time divided by Postern's, by package name: how many times faster Postern is. */
  readonly fasterThan: Readonly<Record<string, Spread>>
}

const BODY_BYTES = 2_048

/** The clock of a Worker shows whole milliseconds. A pause while calls were counted can make a turn shorter than that. */
const SHORTEST_MS = 0.5

export async function measure({ name, prepare }: Row, effort: Effort): Promise<Measured> {
  const body = bodyOf(BODY_BYTES)
  const { check, bare, ours, official }: Contestants = await prepare(body, body)
  const turns = Object.entries({ ...official, check, bare, ours }).map(([who, verify]) => ({ who, verify }))
  const counts = new Map<string, number>()
  for (const { who, verify } of turns) counts.set(who, await countFor(verify, effort))

  const timesMs = new Map<string, number[]>(turns.map(({ who }) => [who, []]))
  for (let round = 0; round < effort.rounds; round++) {
    for (const { who, verify } of turns) {
      const count = counts.get(who) ?? 1
      timesMs.get(who)?.push(Math.max(SHORTEST_MS, await elapsedMs(verify, count)) / count)
    }
  }
  const timesOf = (who: string): readonly number[] => timesMs.get(who) ?? []
  const ratio = (over: string, under: string): Spread => ratioOf(timesOf(over), timesOf(under))
  return {
    name,
    perSecond: 1_000 / spreadOf(timesOf('ours')).median,
    overBare: ratio('ours', 'bare'),
    overCheck: ratio('ours', 'check'),
    fasterThan: Object.fromEntries(Object.keys(official).map((who) => [who, ratio(who, 'ours')])),
  }
}

/** Warms up and returns how many calls fill a turn. Cold calls are slow: counting them would make the turns too short. */
async function countFor(verify: Verify, { warmUpMs, turnMs }: Effort): Promise<number> {
  await callsWithin(warmUpMs, verify)
  return callsWithin(turnMs, verify)
}

async function callsWithin(timeMs: number, verify: Verify): Promise<number> {
  let calls = 0
  for (let spentMs = 0; spentMs < timeMs || calls === 0; calls += 10) spentMs += await elapsedMs(verify, 10)
  return calls
}

/** @throws {Error} if a verification fails: only correct code is measured */
async function elapsedMs(verify: Verify, count: number): Promise<number> {
  const startMs = performance.now()
  for (let i = 0; i < count; i++) {
    if (!isGenuine(await verify())) throw new Error('a genuine signature was refused')
  }
  return performance.now() - startMs
}
