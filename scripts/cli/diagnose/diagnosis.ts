/** The contract of one thing that is often wrong: how it would look if it were that. */
import type { Capture } from '../capture.ts'
import type { Judgement } from '../judge.ts'

/** The capture with one thing undone; `detail` completes the sentence, and names no value. */
export interface Variant {
  readonly capture: Capture
  readonly detail?: string
}

/** It is this when one of the variants is verified. */
export interface Diagnosis {
  readonly name: string
  /** What went wrong and what to do; `{detail}` stands for the variant's own words. */
  readonly sentence: string
  readonly variants: (capture: Capture) => Iterable<Variant>
}

/** What shows without a trial; asked when no variant is verified. */
export interface Sign {
  readonly name: string
  /** One or two sentences, or `undefined` where there is no such sign. */
  readonly look: (capture: Capture, verdict: Judgement) => string | undefined
}
