/** Minutes of the past as the watch would have seen them at a demo source. Pure: the same randomness gives the same minutes. */
import type { MinuteSignals } from '../../../watch/signals/signals.ts'
import { pick } from '../../mail.ts'
import { busynessAt } from '../../busyness.ts'
import type { Random } from '../../random.ts'
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
    const accepted = countOf(usual.perMinute * busynessAt(minute), random)
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
    const count = countOf(accepted * perDelivery, random)
    if (count === 0) continue
    events[type] = (events[type] ?? 0) + count
    nativeTypes[nativeType] = (nativeTypes[nativeType] ?? 0) + count
  }
  const measured = Array.from({ length: MEASURED }, () => pick(deliveries, random.next))
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
  if (turn < 0) return {}
  if (turn === 1) return { duplicates: 1 }
  const code = turn === 3 ? 'timestamp_outside_window' : 'signature_mismatch'
  return { refused: [{ code, network, asn: null, count: 1 }] }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Above this mean a normal distribution is close enough. */
const NORMAL_MEAN = 30

const countOf = (mean: number, random: Random): number =>
  mean > NORMAL_MEAN
    ? Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()))
    : random.poisson(mean)
