/** Values that may stand on the right of an operator or of a field's name. */
import type { Operand } from './operators.ts'

/**
 * Part of an event that a condition reads. `text`: a field that is text or null. `flag`: true, false or null. `texts`: a list of texts. `open`: metadata and what is in
 * it, where only the customer knows the names and the types.
 */
export type Place = 'event' | 'text' | 'flag' | 'texts' | 'open'

const TEXT_MAX_CHARACTERS = 1_024
/** Up to this length V8 finds a text within another in linear time: https://github.com/v8/v8/blob/main/src/strings/string-search.h. */
const SUBSTRING_MAX_CHARACTERS = 250

/** The problem in one sentence, or `undefined`. */
type ProblemOf = (value: unknown, place: Place) => string | undefined

/** The problem of a value that a field is compared with. */
export const scalarProblem: ProblemOf = (value, place) => {
  if (value === null) return undefined
  if (place === 'flag') return typeof value === 'boolean' ? undefined : 'Must be true, false or null.'
  if (typeof value === 'string') return textProblem(value, TEXT_MAX_CHARACTERS)
  // Such a condition would never hold, and nobody would see why.
  if (place !== 'open') return 'Must be text or null, since this field is text.'
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return undefined
  return 'Must be text, a number, true, false or null.'
}

const orderableProblem: ProblemOf = (value, place) => {
  if (typeof value === 'string' || typeof value === 'number') return scalarProblem(value, place)
  return place === 'open' ? 'Must be text or a number.' : 'Must be text, since this field is text.'
}

const substringProblem: ProblemOf = (value) => {
  if (typeof value !== 'string') return 'Must be a list of values, or text that the field contains.'
  return value === '' ? 'Must not be empty.' : textProblem(value, SUBSTRING_MAX_CHARACTERS)
}

const affixProblem: ProblemOf = (value) => {
  if (typeof value !== 'string') return 'Must be text, or a list of texts.'
  return value === '' ? 'Must not be empty.' : textProblem(value, TEXT_MAX_CHARACTERS)
}

const textProblem = (text: string, max: number): string | undefined =>
  text.length > max ? `Must have at most ${max.toLocaleString('en-US')} characters.` : undefined

/** `single` judges all but a list. Without `each`, it judges a list, too. */
const ALLOWED: Readonly<Record<Operand, { readonly single: ProblemOf; readonly each?: ProblemOf }>> = {
  scalar: { single: scalarProblem },
  orderable: { single: orderableProblem },
  'substring-or-scalars': { single: substringProblem, each: scalarProblem },
  texts: { single: affixProblem, each: affixProblem },
  boolean: { single: (value) => (typeof value === 'boolean' ? undefined : 'Must be true or false.') },
}

/** @param hasRoomFor counts a value of a list; false if there are too many, which it has then reported itself */
export function operandProblem(
  operand: Operand,
  value: unknown,
  place: Place,
  hasRoomFor: (value: unknown) => boolean,
): string | undefined {
  const { single, each } = ALLOWED[operand]
  if (each === undefined || !Array.isArray(value)) return single(value, place)
  if (value.length === 0) return 'Must have at least 1 value.'
  for (const one of value) {
    if (!hasRoomFor(one)) return undefined
    const problem = each(one, place)
    if (problem !== undefined) return `Each value: ${problem}`
  }
  return undefined
}
