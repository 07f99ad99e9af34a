/** Cost of a month at Cloudflare, by the number of its events. The figures are those of `npm run cost`, with the paid plan. */

/** Millions of events a month, and dollars. Between two rows the price is a straight line. */
type Prices = readonly (readonly [millions: number, dollars: number])[]

/** Events that come one by one, and a hundred in a delivery: "A month" of `bench/RESULTS.md`. */
export const SINGLE: Prices = [
  [0, 5],
  [1, 5.95],
  [10, 23.15],
  [100, 179.66],
  [1_000, 1_709.19],
]
export const HUNDRED: Prices = [
  [0, 5],
  [10, 5],
  [100, 7.15],
  [1_000, 41.63],
]

/** A destination that gets each event as it comes. In batches, or from a backlog, it is less. */
const DESTINATION_MILLION = 1.37

export const DAYS_A_MONTH = 30

/** `12.4 million events a month cost $5.06 to $27.32 at Cloudflare, with its paid plan.` */
export function costWords(eventsAMonth: number, destinations: number): string {
  const millions = eventsAMonth / 1e6
  const most = priceOf(SINGLE, millions) + destinations * millions * DESTINATION_MILLION
  const events = millions >= 1 ? `${short(millions)} million` : short(Math.round(millions * 1e6))
  const range = [priceOf(HUNDRED, millions), most].map(dollars)
  const price = range[0] === range[1] ? range[0] : range.join(' to ')
  return `${events} events a month cost ${price} at Cloudflare, with its paid plan.`
}

const short = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 })
const dollars = (value: number): string => `$${value.toFixed(2)}`

function priceOf(prices: Prices, millions: number): number {
  const next = prices.findIndex(([at]) => at >= millions)
  const i = next === -1 ? prices.length - 1 : Math.max(1, next)
  const [[x0, y0], [x1, y1]] = [prices[i - 1] ?? [0, 0], prices[i] ?? [1, 0]]
  return y0 + ((millions - x0) * (y1 - y0)) / (x1 - x0)
}
