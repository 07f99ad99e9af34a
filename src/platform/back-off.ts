/** How long to wait before what failed is tried again. */

/** The first wait, doubled with each further failure, up to the longest. @param failures so far; none is as one */
export const doubled = (first: number, longest: number, failures: number): number =>
  Math.min(longest, first * 2 ** Math.max(0, failures - 1))

const JITTER = 0.2

/**
 * The wait, at most a fifth shorter or longer, so that what failed together does not come back together.
 *
 * @param random from 0 up to 1
 */
export const jittered = (wait: number, random: number): number => wait * (1 + JITTER * (2 * random - 1))
