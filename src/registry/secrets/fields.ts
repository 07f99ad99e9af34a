/** Fields of a secret that is an object. */
import type { KindProblem } from './kind.ts'

/** A problem for each field that is not known. A name may be a misplaced secret, so it is not repeated. */
export const unknownFields = (value: object, known: readonly string[]): KindProblem[] =>
  Object.keys(value).every((key) => known.includes(key))
    ? []
    : [{ problem: `Has a field that is not known here; known are: ${known.join(', ')}.` }]
