/** Lets a sum of surprises through only if it is a record of its own recent past, so that one anomaly speaks once. */

/** Factor by which a sum must exceed the remembered peak, and the part of the peak that is forgotten a row. */
const RATIO = 1.2
const FORGOTTEN_A_ROW = 0.0075

export class RecordFilter {
  readonly state = { peak: 0 }

  /** The sum if it is a record, otherwise 0. There is no threshold: a reader of the score chooses one. */
  pass(sum: number): number {
    const peak = this.state.peak * (1 - FORGOTTEN_A_ROW)
    this.state.peak = Math.max(peak, sum)
    return sum > RATIO * peak ? sum : 0
  }
}
