/** Formats the results of a run as tables. */
import { tableOf } from '../report.ts'
import { type Usage, marginal, monthOfMinutes, monthly, sumOfItems } from './bill.ts'
import { PRICES, type Priced } from './prices.ts'
import type { Minute } from './watching.ts'

/** A workload's usage at each volume, in events a month. */
export interface Costed {
  readonly name: string
  readonly byVolume: ReadonlyMap<number, Usage>
}

const dollars = (amount: number): string => amount.toFixed(amount < 0.1 ? 3 : 2)
const big = (count: number): string => (count >= 1e9 ? `${count / 1e9} B` : `${count / 1e6} M`)

/** The cost of a million at one volume, by item. */
export const marginalText = (costed: readonly Costed[], volume: number): string =>
  tableOf(
    ['workload', '$ a million deliveries', '$ a million events', 'of which'],
    costed.map(({ name, byVolume }) => {
      const usage = byVolume.get(volume)
      if (usage === undefined) return [name]
      const items = marginal(usage, 'events')
      const sum = sumOfItems(items)
      const largest = items
        .slice(0, 4)
        .map(({ what, dollars: part }) => `${what} ${((100 * part) / sum).toFixed(0)} %`)
      return [name, dollars(sumOfItems(marginal(usage, 'deliveries'))), dollars(sum), largest.join(', ')]
    }),
  )

/** How often each billable operation occurs per delivery. */
export function operationsText(costed: readonly Costed[], volume: number): string {
  const kinds = Object.keys(PRICES) as Priced[]
  return tableOf(
    ['a delivery', ...costed.map(({ name }) => name)],
    kinds.map((kind) => [
      PRICES[kind].what + (kind.endsWith('_ms') ? ', ms' : kind === 'log_bytes' ? ', bytes' : ''),
      ...costed.map(({ byVolume }) => {
        const usage = byVolume.get(volume)
        return usage === undefined ? '' : perDelivery(usage, kind)
      }),
    ]),
  )
}

const perDelivery = ({ operations, deliveries }: Usage, kind: Priced): string => {
  const count = operations[kind] / deliveries
  return count === 0 ? '0' : count < 0.01 ? count.toFixed(4) : count.toFixed(2)
}

/** A month's bill by volume. */
export const monthlyText = (costed: readonly Costed[]): string =>
  tableOf(
    ['events a month', 'workload', '$ if nothing were free', '$ beyond what is free', '$ with the plan'],
    [...(costed[0]?.byVolume.keys() ?? [])].flatMap((volume) =>
      costed.map(({ name, byVolume }) => {
        const usage = byVolume.get(volume)
        if (usage === undefined) return [big(volume), name]
        const { grossDollars, usageDollars, totalDollars } = monthly(usage, volume)
        return [big(volume), name, dollars(grossDollars), dollars(usageDollars), dollars(totalDollars)]
      }),
    ),
  )

/** Monthly cost of the watch without events, and the same for a million events. */
export const watchText = (
  minutes: readonly Minute[],
  dollarsToRead: number,
  volumes: readonly number[],
): string =>
  tableOf(
    [
      'sources',
      'object calls a minute',
      'rows written',
      'rows read',
      'duration, ms',
      '$ a month',
      ...volumes.map((volume) => `$ a million of ${big(volume)} events a month`),
    ],
    minutes.map(({ sources, operations }) => {
      const fixed = monthOfMinutes(operations)
      return [
        sources.toLocaleString('en-US'),
        operations.object_calls.toFixed(1),
        operations.object_rows_written.toFixed(1),
        operations.object_rows_read.toFixed(0),
        operations.object_ms.toFixed(0),
        dollars(fixed),
        ...volumes.map((volume) => dollars(dollarsToRead + fixed / (volume / 1e6))),
      ]
    }),
  )
