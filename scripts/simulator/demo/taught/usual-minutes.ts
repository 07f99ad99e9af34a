/** Minutes of the past as the watch would have seen them at a demo source. Pure: the same randomness gives the same minutes. */
import type { MinuteSignals, Refused } from '../../../../src/watch/signals/signals.ts'
import { type Random, pick } from '../../mail.ts'
import { busynessAt } from '../../busyness.ts'
import type { SampleDelivery, Usual } from './rehearse.ts'

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
    const count = poisson(usual.perMinute * busynessAt(minute), random)
    const own = Array.from({ length: count }, () => oneOf(usual, random))
    const turn = minute % attackEveryMinutes === 0 ? Math.floor(minute / attackEveryMinutes) % 4 : -1
    const attack = attackSignals(turn, attacker)
    return own.length === 0 && turn < 0
      ? null
      : { ...attack, ...(own.length === 0 ? {} : deliverySignals(own, esp)) }
  })
}

/** Of deliveries, for each kind that is rare. */
const RARE_SHARE = 1 / 3_000

const oneOf = ({ deliveries, rare }: Usual, random: Random): SampleDelivery =>
  pick(random() < rare.length * RARE_SHARE ? rare : deliveries, random)

function deliverySignals(own: readonly SampleDelivery[], esp: string): Partial<MinuteSignals> {
  const events: Record<string, number> = {}
  const nativeTypes: Record<string, number> = {}
  for (const { type, nativeType } of own.flatMap((delivery) => delivery.events)) {
    events[type] = (events[type] ?? 0) + 1
    nativeTypes[nativeType] = (nativeTypes[nativeType] ?? 0) + 1
  }
  return {
    accepted: own.length,
    events,
    nativeTypes,
    networks: { [esp]: own.length },
    lagSeconds: median(own.map(({ lagSeconds }) => lagSeconds)),
    bodyBytes: median(own.map(({ bytes }) => bytes)),
  }
}

/** What the simulator's attackers do in turn: forge, repeat a delivery, break a body, send an old one. */
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

/** Knuth's method: means here are far below a hundred a minute. */
function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count += 1
  return count
}
