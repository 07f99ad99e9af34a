/** Minutes as a busy machine stores them: late, in parts, and all at once after a pause. Nothing is lost. */
import type { Random } from '../../../src/simulator/mail.ts'
import type { Counts } from '../../../src/watch/signals/forms.ts'
import type { MinuteSignals } from '../../../src/watch/signals/signals.ts'

type Minute = Partial<MinuteSignals>

/** The longest pause, in minutes. */
const PAUSE_MAX = 3

/** @param minutes as they were sent @returns as many, as they were stored */
export function storedByBusyMachine(minutes: readonly Minute[], random: Random): (Minute | undefined)[] {
  const pauseAt = 5 + Math.floor(random() * (minutes.length - 15))
  const pause = 1 + Math.floor(random() * PAUSE_MAX)
  let waiting: Minute = {}
  return minutes.map((sent, i) => {
    const isPaused = i >= pauseAt && i < pauseAt + pause
    // A quarter of all minutes is late for the most part; of the others a few events are. The first is half over when it begins.
    const lateShare = isPaused ? 1 : i === 0 ? 0.5 : random() < 0.25 ? random() * 0.8 : random() * 0.1
    const lagSeconds =
      (isPaused ? 60 * (pauseAt + pause - i) : 0) + (random() < 0.3 ? random() * 60 : random() * 5)
    const [inTime, late] = parted(withLag(sent, lagSeconds), lateShare, random)
    const stored = i === 0 ? inTime : sumOf(waiting, inTime)
    waiting = late
    if (isPaused) {
      waiting = sumOf(stored, late)
      return undefined
    }
    return (stored.accepted ?? 0) + (stored.duplicates ?? 0) + (stored.refused?.length ?? 0) > 0
      ? stored
      : undefined
  })
}

const withLag = (sent: Minute, seconds: number): Minute =>
  typeof sent.lagSeconds === 'number' ? { ...sent, lagSeconds: sent.lagSeconds + seconds } : sent

/** The part of a minute that is stored in time, and the part that is late. */
function parted(sent: Minute, lateShare: number, random: Random): readonly [Minute, Minute] {
  const lateOf = (count: number): number =>
    Array.from({ length: count }, () => Number(random() < lateShare)).reduce((sum, one) => sum + one, 0)
  const inTime: Record<string, unknown> = { refused: sent.refused ?? [], duplicates: sent.duplicates ?? 0 }
  const late: Record<string, unknown> = {}
  for (const of of ['events', 'nativeTypes', 'networks'] as const) {
    const lateCounts = mapped(sent[of], lateOf)
    late[of] = lateCounts
    inTime[of] = mapped(sent[of], (count, name) => count - (lateCounts[name] ?? 0))
  }
  for (const part of [inTime, late]) {
    const accepted = Object.values(part['networks'] as Counts).reduce((sum, one) => sum + one, 0)
    part['accepted'] = accepted
    part['lagSeconds'] = accepted > 0 ? (sent.lagSeconds ?? null) : null
    part['bodyBytes'] = accepted > 0 ? (sent.bodyBytes ?? null) : null
  }
  return [inTime, late]
}

const mapped = (counts: Counts = {}, of: (count: number, name: string) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, of(count, name)]))

function sumOf(a: Minute, b: Minute): Minute {
  const counts = (of: 'events' | 'nativeTypes' | 'networks'): Counts => {
    const sums: Record<string, number> = { ...a[of] }
    for (const [name, count] of Object.entries(b[of] ?? {})) sums[name] = (sums[name] ?? 0) + count
    return sums
  }
  return {
    accepted: (a.accepted ?? 0) + (b.accepted ?? 0),
    duplicates: (a.duplicates ?? 0) + (b.duplicates ?? 0),
    events: counts('events'),
    nativeTypes: counts('nativeTypes'),
    networks: counts('networks'),
    lagSeconds: Math.max(a.lagSeconds ?? 0, b.lagSeconds ?? 0) || null,
    bodyBytes: b.bodyBytes ?? a.bodyBytes ?? null,
    refused: [...(a.refused ?? []), ...(b.refused ?? [])],
  }
}
