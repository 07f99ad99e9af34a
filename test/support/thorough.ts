/** The few tests that take long by their number of tries have two of them. `POSTERN_THOROUGH=1` asks for the large one. */
import { inject } from 'vitest'

/** @param brief shows the same promise, with fewer tries */
export const thorough = (whole: number, brief: number): number => (inject('thorough') ? whole : brief)
