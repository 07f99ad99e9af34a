/** Limits of the names and the number of channels. */
import * as v from 'valibot'
import { SourceNameSchema } from '../sources/document.ts'

/** Each open incident is sent to all of them, a few at a time. */
export const CHANNELS_MAX = 20

/** Null for a valid name. */
export const channelNameProblem = (name: string): string | null =>
  v.is(SourceNameSchema, name)
    ? null
    : 'A channel name has 1 to 64 lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen.'

export const TOO_MANY_CHANNELS = `There can be ${CHANNELS_MAX} channels at most.`
