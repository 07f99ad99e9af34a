/** Text put together for `JSON.stringify`. */

/**
 * The parts as one text in one piece. What is put together with `+` or a template stays a rope of its parts, and around one rope
 * V8 writes the whole document in half the pace.
 */
export const joined = (...parts: readonly string[]): string => parts.join('')
