/** Limits of the names and the number of sources. */
import * as v from 'valibot'
import { SourceNameSchema } from './document.ts'

/** With more, the answer of `sourceIndex` would be too large for one call. */
export const SOURCES_MAX = 10_000

/** Null for a valid name. */
export const nameProblem = (name: string): string | null =>
  v.is(SourceNameSchema, name)
    ? null
    : 'A source name has 1 to 64 lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen.'

export const TOO_MANY_SOURCES = `There can be ${SOURCES_MAX} sources at most.`
