/** Converts counted operations to dollars. */
import { PLAN_DOLLARS, PRICES, type Priced } from './prices.ts'

/** Operations by kind, for a number of deliveries and events. */
export interface Usage {
  readonly deliveries: number
  readonly events: number
  readonly operations: Readonly<Record<Priced, number>>
}

export interface Item {
  readonly what: string
  readonly dollars: number
}

const MILLION = 1_000_000
const KINDS = Object.keys(PRICES) as Priced[]

/** The cost of a million of them without free allowances, by item, most expensive first. */
export function marginal({ operations, ...of }: Usage, per: 'deliveries' | 'events'): readonly Item[] {
  return KINDS.map((kind) => ({
    what: PRICES[kind].what,
    dollars: ((operations[kind] / of[per]) * MILLION * PRICES[kind].dollarsAMillion) / MILLION,
  })).toSorted((a, b) => b.dollars - a.dollars)
}

export const sumOfItems = (items: readonly Item[]): number =>
  items.reduce((sum, { dollars }) => sum + dollars, 0)

export interface Bill {
  /** The use beyond the free allowance. */
  readonly usageDollars: number
  /** The cost without free allowances. */
  readonly grossDollars: number
  /** Including the plan. */
  readonly totalDollars: number
}

/** The bill of a month with this many events of that kind. */
export function monthly({ operations, events }: Usage, eventsAMonth: number): Bill {
  const dollars = (kind: Priced, free: number): number =>
    (Math.max(0, (operations[kind] / events) * eventsAMonth - free) * PRICES[kind].dollarsAMillion) / MILLION
  const usageDollars = KINDS.reduce((sum, kind) => sum + dollars(kind, PRICES[kind].included), 0)
  const grossDollars = KINDS.reduce((sum, kind) => sum + dollars(kind, 0), 0)
  return { usageDollars, grossDollars, totalDollars: usageDollars + PLAN_DOLLARS }
}

const MINUTES_A_MONTH = 30.4 * 1_440

/** A month of minutes that cost this, without free allowances. */
export const monthOfMinutes = (operations: Usage['operations']): number =>
  KINDS.reduce(
    (sum, kind) => sum + (MINUTES_A_MONTH * operations[kind] * PRICES[kind].dollarsAMillion) / MILLION,
    0,
  )
