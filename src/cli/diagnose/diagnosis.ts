/** The contract of a diagnosis: a common mistake, and the captures as they would be without it. */
import type { Capture } from '../capture.ts'
import type { Judgement } from '../judge.ts'

/** The capture with one mistake undone. `detail` completes the sentence, and contains no value. */
export interface Variant {
  readonly capture: Capture
  readonly detail?: string
}

/** The diagnosis applies if one of its variants is verified. */
export interface Diagnosis {
  readonly name: string
  /** Cause and remedy in one sentence. The variant's detail replaces `{detail}`. */
  readonly sentence: string
  readonly variants: (capture: Capture) => Iterable<Variant>
}

/** A sign that is visible without verifying a variant. Checked if no variant is verified. */
export interface Sign {
  readonly name: string
  /** One or two sentences; `undefined` if the sign is absent. */
  readonly look: (capture: Capture, verdict: Judgement) => string | undefined
}
