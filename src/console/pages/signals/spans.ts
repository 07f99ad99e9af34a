/** The spans of time that the page of signals shows. */
import type { SignalStep } from '../../signals.ts'

export interface ShownSpan {
  readonly id: 'day' | 'weeks'
  readonly title: string
  readonly by: SignalStep
  /** Minutes of a bar, and how many bars there are. */
  readonly binMinutes: number
  readonly bins: number
}

/** A hundred bars and more fit a phone; the table below the charts has a row for each. */
const DAY: ShownSpan = { id: 'day', title: 'Last day', by: 'minute', binMinutes: 15, bins: 96 }
const WEEKS: ShownSpan = { id: 'weeks', title: 'Last two weeks', by: 'hour', binMinutes: 60, bins: 336 }

export const SPANS: readonly ShownSpan[] = [DAY, WEEKS]

export const spanOf = (id: string | undefined): ShownSpan => SPANS.find((one) => one.id === id) ?? DAY
