/** Checks the fields of a secret that is an object. */
import type { KindProblem } from './kind.ts'

/** One problem if there is an unknown field. Its name may be a misplaced secret, so it is not repeated. */
export const unknownFields = (value: object, known: readonly string[]): KindProblem[] =>
  Object.keys(value).every((key) => known.includes(key))
    ? []
    : [{ problem: `Has an unknown field. Known fields: ${known.join(', ')}.` }]
