/**
 * Scores a series row by row, in constant memory. It is told nothing about the series: no name, range, unit, length or interval.
 * Multiplying the values by a power of two or moving the clock by whole weeks changes no score.
 */
import { EXPERTS, type FeatureName } from './experts.ts'
import { Forecaster } from './forecaster.ts'
import type { Parts } from './state.ts'

export interface RowScore {
  /** 0 to 1. 0 means nothing new. On the open series of NAB, six in ten rows from 0.5 on were in a labeled window. */
  readonly score: number
  /** Features that made the score, the largest share first. The shares add up to 1; empty if the score is 0. */
  readonly features: readonly { readonly feature: FeatureName; readonly share: number }[]
}

const NOTHING: RowScore = { score: 0, features: [] }

/** The sum of surprises that scores 0.5. */
const HALF_SUM = 2
/** Larger values count as this: their squares are finite, and so are 32-bit floats. */
const VALUE_MAX = 1e30

export class Detector {
  readonly #start = { state: { rows: 0, first: 0 } }
  readonly #forecaster = new Forecaster()
  readonly #filter = new RecordFilter()
  readonly #experts = EXPERTS.map(({ feature, weight, make }) => ({ feature, weight, expert: make() }))
  readonly #surprises = new Float64Array(EXPERTS.length)

  /** Scores the next row, then learns from it. A value that is not finite scores 0 and is forgotten; times may come in any order. */
  score(timeMs: number, value: number): RowScore {
    if (!Number.isFinite(value)) return NOTHING
    const start = this.#start.state
    const bounded = Math.max(-VALUE_MAX, Math.min(VALUE_MAX, value))
    if (start.rows++ === 0) start.first = bounded
    const row = this.#forecaster.read(timeMs, bounded - start.first)
    let sum = 0
    this.#experts.forEach(({ weight, expert }, i) => {
      const surprise = weight * expert.surprise(row)
      this.#surprises[i] = surprise
      sum += surprise
    })
    const passed = this.#filter.pass(sum)
    return passed === 0 ? NOTHING : { score: passed / (passed + HALF_SUM), features: this.#sharesOf(passed) }
  }

  /** Its memory, some 8 KB whatever it has seen. */
  get parts(): Parts {
    const experts = this.#experts.map(({ feature, expert }) => [feature, expert] as const)
    return {
      start: this.#start,
      forecaster: this.#forecaster,
      filter: this.#filter,
      ...Object.fromEntries(experts),
    }
  }

  #sharesOf(sum: number): RowScore['features'] {
    return this.#experts
      .map(({ feature }, i) => ({ feature, share: (this.#surprises[i] ?? 0) / sum }))
      .filter(({ share }) => share > 0)
      .sort((a, b) => b.share - a.share)
  }
}

/** Factor by which a sum must exceed the remembered peak, and the part of the peak that is forgotten a row. */
const RATIO = 1.2
const FORGOTTEN_A_ROW = 0.0075

/** Lets a sum of surprises through only if it is a record of its own recent past, so that one anomaly speaks once. */
export class RecordFilter {
  readonly state = { peak: 0 }

  /** The sum if it is a record, otherwise 0. There is no threshold: a reader of the score chooses one. */
  pass(sum: number): number {
    const peak = this.state.peak * (1 - FORGOTTEN_A_ROW)
    this.state.peak = Math.max(peak, sum)
    return sum > RATIO * peak ? sum : 0
  }
}
