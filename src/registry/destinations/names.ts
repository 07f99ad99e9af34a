/** Limits of the names and the number of destinations. */
import * as v from 'valibot'
import { SourceNameSchema } from '../sources/document.ts'

export const DESTINATIONS_MAX = 100

/** Null for a valid name. */
export const destinationNameProblem = (name: string): string | null =>
  v.is(SourceNameSchema, name)
    ? null
    : 'A destination name has 1 to 64 lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen.'

export const TOO_MANY_DESTINATIONS = `There can be ${DESTINATIONS_MAX} destinations at most.`
