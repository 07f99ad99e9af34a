/** What a source may be called, and how many there may be. */
import * as v from 'valibot'
import { SourceNameSchema } from './document.ts'

/** Past this the answer of `roster` would be too large for one call. */
export const SOURCES_MAX = 10_000

/** What is wrong with a name; null where nothing is. */
export const nameProblem = (name: string): string | null =>
  v.is(SourceNameSchema, name)
    ? null
    : 'A source name has 1 to 64 lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen.'

export const TOO_MANY_SOURCES = `There can be ${SOURCES_MAX} sources at most.`
