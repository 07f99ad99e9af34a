/** The series of the page of signals: the charts and the columns of the table below them. */
import type { Bin } from './bins.ts'

export interface Series {
  readonly id: Exclude<keyof Bin, 'minute'>
  readonly title: string
  /** Bars are for what is counted, a line for what is measured. */
  readonly form: 'bars' | 'line'
  /** The top of the chart; undefined for the highest value. */
  readonly top?: number
  readonly text: (value: number) => string
}

const whole = (value: number): string => value.toLocaleString('en')

export const SERIES: readonly Series[] = [
  { id: 'accepted', title: 'Accepted deliveries', form: 'bars', text: whole },
  { id: 'refused', title: 'Refused deliveries', form: 'bars', text: whole },
  {
    id: 'bounceShare',
    title: 'Bounces of outcomes',
    form: 'line',
    text: (share) => `${(share * 100).toLocaleString('en', { maximumFractionDigits: 1 })} %`,
  },
  {
    id: 'lagSeconds',
    title: 'Lag, from occurrence to receipt',
    form: 'line',
    text: (lag) => `${whole(lag)} s`,
  },
  { id: 'score', title: 'How unusual, 0 to 1', form: 'line', top: 1, text: (score) => score.toFixed(2) },
]
