/** Series of values over time, as charts show them, and what one says at a glance. */

/** Bins of the same length, oldest first. */
export interface Timeline {
  readonly firstMs: number
  readonly stepMs: number
  readonly count: number
  readonly nowMs: number
}

export interface Series {
  readonly id: string
  readonly title: string
  /** Bars are for what is counted, a line for what is measured. */
  readonly form: 'bars' | 'line'
  /** Whether it counts what failed. */
  readonly isBad?: true | undefined
  readonly text: (value: number) => string
  /** The lowest top of the axis, so that a little does not look like much. */
  readonly least: number
  /** The highest top of the axis; absent if there is none. */
  readonly most?: number
  /** Null where it is not known. */
  readonly values: readonly (number | null)[]
  /** The value that others ask to stay below. */
  readonly limit?: { readonly value: number; readonly text: string }
  /** The same times of the week before; absent where that is not known. */
  readonly before?: readonly (number | null)[]
}

export const startOf = ({ firstMs, stepMs }: Timeline, index: number): number => firstMs + index * stepMs

/** Number of bins that are over. Sums leave the others out: they would say that it is quieter than it is. */
export const completeIn = ({ firstMs, stepMs, count, nowMs }: Timeline): number =>
  Math.min(count, Math.max(0, Math.floor((nowMs - firstMs) / stepMs)))

/** The timeline that ends with the bin that holds a time. */
export function timelineTo(untilMs: number, stepMs: number, count: number, nowMs: number): Timeline {
  const end = Math.ceil(untilMs / stepMs)
  return { firstMs: (end - count) * stepMs, stepMs, count, nowMs }
}

/** The top of an axis whose half is round as well. */
export function roundTop({ values, before = [], least, most }: Series): number {
  const highest = Math.max(least, ...[...values, ...before].map((value) => value ?? 0))
  const size = 10 ** Math.floor(Math.log10(highest))
  const steps = [1, 2, 4, 6, 8, 10]
  const top = (steps.find((step) => step * size >= highest * 0.999_999) ?? 10) * size
  return Math.min(most ?? Number.POSITIVE_INFINITY, top)
}

/** Says what a chart shows: `1,204, 18 % less than a week before`. Only bins that are over are compared. */
export function finding(series: Series, timeline: Timeline): string {
  const { form, text, values, before } = series
  const complete = completeIn(timeline)
  const known = (all: readonly (number | null)[]) => all.slice(0, complete).filter((one) => one !== null)
  const now = known(values)
  const open = values.slice(complete).find((one) => one !== null && one > 0)
  // Events that began just now are in no bin that is over.
  if (open !== undefined && open !== null && now.every((one) => one === 0)) return `${text(open)} so far`
  if (now.length === 0) return 'not known'
  const past = known(before ?? [])
  if (form === 'line') {
    const highest = `highest ${text(Math.max(...now))}`
    return past.length === 0 ? highest : `${highest}, a week before ${text(Math.max(...past))}`
  }
  const sum = now.reduce((total, one) => total + one, 0)
  const all = text(sum + (open ?? 0))
  return past.length === 0 ? all : `${all}, ${changeWords(sum, sumOf(past))}`
}

const sumOf = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0)

/** `18 % less than a week before`. Beyond threefold it says both numbers' ratio. */
export function changeWords(now: number, before: number): string {
  if (now === before) return 'as a week before'
  if (before === 0) return 'none a week before'
  const ratio = now / before
  if (ratio >= 3) return `${ratio.toLocaleString('en', { maximumFractionDigits: 1 })} times the week before`
  const percent = Math.round(Math.abs(ratio - 1) * 100)
  if (percent === 0) return 'as a week before'
  return `${percent} % ${ratio > 1 ? 'more' : 'less'} than a week before`
}
