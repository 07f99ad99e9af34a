/** Gives the demo sources a past: figures to look at, and signals, so that the watch recognizes attacks from the first minute on. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { MinuteSignals } from '../../../watch/signals/signals.ts'
import type { WatchedSource } from '../../../watch/watchers/api.ts'
import { watcherOf } from '../../../watch/watchers/watcher-of.ts'
import { newRandom } from '../../random.ts'
import { type Console, problemOf } from '../../console.ts'
import { jsonOf } from '../../http.ts'
import { ATTACKER, networkOf } from '../../client-address.ts'
import type { Stage } from '../../stage.ts'
import { readNotes } from '../notes.ts'
import { type Usual, rehearse } from './rehearse.ts'
import { usualMinutes } from './usual-minutes.ts'
import { MINUTE_MS } from '../../../platform/time.ts'

/** Source, its first minute, and its minutes, oldest first. Null is one in which nothing happened. */
export type SourcePast = readonly [WatchedSource, number, readonly (Partial<MinuteSignals> | null)[]]

/** Objects of the local runtime that watch sources: those that are deployed cannot be given a past. */
export interface SeededWatchers {
  getByName(name: string): { seed(...past: SourcePast): Promise<void> }
}

/** Stores figures of a source as if its minutes had been counted. */
export type PutFigures = (
  source: string,
  usual: Usual,
  firstMinute: number,
  minutes: SourcePast[2],
) => Promise<void>

export interface SeedOptions {
  readonly console: Console
  readonly watchers: SeededWatchers
  readonly putFigures: PutFigures
  readonly stages: readonly Stage[]
  /** Deliveries a second over all stages, on average over a week. */
  readonly perSecond: number
  /** Seconds from one attack at a stage to the next. */
  readonly attackEverySeconds: number
  /** The file that stores which sources have a past. */
  readonly notesPath: string
  readonly nowMs: number
}

/** A day more than two weeks: a source that is younger has not shown its campaigns, so a surge would be an info. */
const DAYS = 15
const DAY_MINUTES = 1440

const BETWEEN_MS = 500

/** Any number: the minutes are the same at each first start. */
const SEED = 20_260

/**
 * Makes a past for each source that has none, and stores its figures, before anything is counted. It ends with the minute of `nowMs`,
 * which the watch then leaves out: a minute of which the start took a part would look silent.
 *
 * @returns stores the signals. It takes seconds, in which mail may come
 */
export async function seedPast(options: SeedOptions): Promise<() => Promise<void>> {
  const { console, watchers, putFigures, stages, perSecond, attackEverySeconds, notesPath, nowMs } = options
  // By source, when it was made: one that was removed and made again is new.
  const notes = await readNotes<string>(notesPath)
  const unknown: { readonly stage: Stage; readonly createdAt: string }[] = []
  for (const stage of stages) {
    const createdAt = await createdAtOf(console, stage.name)
    if (notes.get(stage.name) !== createdAt) unknown.push({ stage, createdAt })
  }
  if (unknown.length === 0) return async () => undefined
  const random = newRandom(SEED)
  const usual = await rehearse(stages, perSecond, random.next)
  const firstMinute = Math.floor(nowMs / MINUTE_MS) + 1 - DAYS * DAY_MINUTES
  const attackEveryMinutes = Math.max(1, Math.round(attackEverySeconds / 60))
  const pasts: { readonly past: SourcePast; readonly createdAt: string }[] = []
  for (const { stage, createdAt } of unknown) {
    const own = usual.get(stage.name)
    if (own === undefined) continue
    const place = { esp: networkOf(stage.address), attacker: networkOf(ATTACKER), attackEveryMinutes }
    const minutes = usualMinutes(own, place, firstMinute, DAYS * DAY_MINUTES, random)
    const source = { name: stage.name, createdAtMs: Date.parse(createdAt) }
    await putFigures(stage.name, own, firstMinute, minutes)
    pasts.push({ past: [source, firstMinute, minutes], createdAt })
  }
  return async () => {
    for (const { past, createdAt } of pasts) {
      const [{ name }] = past
      await watchers.getByName(watcherOf(name)).seed(...past)
      await notes.set(name, createdAt)
      // Each call takes a second of the only thread of all Workers: what waits has its turn in between.
      await sleep(BETWEEN_MS)
    }
  }
}

async function createdAtOf(console: Console, name: string): Promise<string> {
  const answer = await console.get(`/api/sources/${name}`)
  if (answer.status !== 200) throw new Error(`the console did not show ${name}: ${problemOf(answer)}`)
  return (jsonOf(answer) as { created_at: string }).created_at
}
