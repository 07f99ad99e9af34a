/** How long something lasts from now on, in the body of a request. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'

/** @param maxSeconds also the default */
export const forSeconds = (maxSeconds: number, description: string) =>
  v.strictObject({
    for_seconds: described(
      v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(1, 'Must be 1 or more.'),
          v.maxValue(maxSeconds, `Must be ${maxSeconds} or less.`),
        ),
        maxSeconds,
      ),
      description,
    ),
  })
