/** Minutes of the past as the watch would have seen them at a demo source. Pure: the same randomness gives the same minutes. */
import type { MinuteSignals, Refused } from '../../../watch/signals/signals.ts'
import { type Random, pick } from '../../mail.ts'
import { busynessAt } from '../../busyness.ts'
import type { Usual } from './rehearse.ts'

export interface Place {
  /** The network of the ESP, and that of the attackers. */
  readonly esp: string
  readonly attacker: string
  /** Minutes from one attack at this source to the next; each kind of attack has its turn. */
  readonly attackEveryMinutes: number
}

/** Null is a minute in which nothing happened. */
export function usualMinutes(
  usual: Usual,
  { esp, attacker, attackEveryMinutes }: Place,
  firstMinute: number,
  minutes: number,
  random: Random,
): (Partial<MinuteSignals> | null)[] {
  return Array.from({ length: minutes }, (_, i) => {
    const minute = firstMinute + i
    const accepted = poisson(usual.perMinute * busynessAt(minute), random)
    const turn = minute % attackEveryMinutes === 0 ? Math.floor(minute / attackEveryMinutes) % 4 : -1
    if (accepted === 0 && turn < 0) return null
    return {
      ...attackSignals(turn, attacker),
      ...(accepted === 0 ? {} : deliverySignals(accepted, usual, esp, random)),
    }
  })
}

/** Deliveries of which the median lag and size are taken. More would cost more and be no different. */
const MEASURED = 5

/** Counts by their rates, so that it costs as little at a high pace. */
function deliverySignals(
  accepted: number,
  { deliveries, rates }: Usual,
  esp: string,
  random: Random,
): Partial<MinuteSignals> {
  const events: Record<string, number> = {}
  const nativeTypes: Record<string, number> = {}
  for (const { type, nativeType, perDelivery } of rates) {
    const count = poisson(accepted * perDelivery, random)
    if (count === 0) continue
    events[type] = (events[type] ?? 0) + count
    nativeTypes[nativeType] = (nativeTypes[nativeType] ?? 0) + count
  }
  const measured = Array.from({ length: MEASURED }, () => pick(deliveries, random))
  return {
    accepted,
    events,
    nativeTypes,
    networks: { [esp]: accepted },
    lagSeconds: median(measured.map(({ lagSeconds }) => lagSeconds)),
    bodyBytes: median(measured.map(({ bytes }) => bytes)),
  }
}

/** Signals of the simulator's attackers, who act in turn: forge, repeat a delivery, break a body, send an old one. */
function attackSignals(turn: number, network: string): Partial<MinuteSignals> {
  const refused = (code: string): Partial<MinuteSignals> => ({
    refused: [{ code, network, asn: null, count: 1 } satisfies Refused],
  })
  if (turn < 0) return {}
  if (turn === 1) return { duplicates: 1 }
  return refused(turn === 3 ? 'timestamp_outside_window' : 'signature_mismatch')
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Above this mean a normal distribution is close enough. */
const NORMAL_MEAN = 30

/** Knuth's method. */
function poisson(mean: number, random: Random): number {
  if (mean > NORMAL_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count += 1
  return count
}

/** Twelve uniform numbers have a variance of one. */
const normal = (random: Random): number =>
  Array.from({ length: 12 }, random).reduce((sum, one) => sum + one, -6)
