/**
 * The operators that compare a field with a value, in Hookdeck's syntax (https://hookdeck.com/docs/filters). These eleven and `$not`
 * are the twelve operators of a filter; `$or` and `$and`, which combine conditions, are in `conditions.ts` with it.
 *
 * Unlike Hookdeck's, they convert nothing: the text "5" is not the number 5. A missing field counts as null, see `conditions.ts`.
 */

export type Test = (value: unknown) => boolean

export interface Operator {
  /** Kind of value that may stand on the right; see `operand-problem.ts`. */
  readonly operand: Operand
  /** @param operand of the kind above */
  readonly test: (operand: unknown) => Test
}

/**
 * `scalar`: text, a number, true, false or null. `orderable`: text or a number. `substring-or-scalars`: text that is contained, or a list
 * of scalars. `texts`: text or a list of texts.
 */
export type Operand = 'scalar' | 'orderable' | 'substring-or-scalars' | 'texts' | 'boolean'

/** A list field satisfies a comparison if one of its values does. */
const someValue =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) ? value.some((one) => test(one)) : test(value)

const not =
  (test: Test): Test =>
  (value) =>
    !test(value)

export const equals = (operand: unknown): Test => someValue((value) => value === operand)

/** Numbers by size, text by UTF-16 code units: so times in RFC 3339 in UTC are in order. Values of different types have no order. */
const ordered = (holds: (order: number) => boolean): Operator => ({
  operand: 'orderable',
  test: (operand) => someValue((value) => typeof value === typeof operand && holds(orderOf(value, operand))),
})

/** Both are text or both are numbers. */
function orderOf(left: unknown, right: unknown): number {
  const [a, b] = [left as string, right as string]
  return a < b ? -1 : a > b ? 1 : 0
}

/** A text is contained by a text; a list contains the value. */
function isIn(operand: unknown): Test {
  if (typeof operand === 'string')
    return someValue((value) => typeof value === 'string' && value.includes(operand))
  const values = new Set(operand as readonly unknown[])
  return someValue((value) => values.has(value))
}

const affix = (holds: (text: string, part: string) => boolean): Operator => ({
  operand: 'texts',
  test: (operand) => {
    const parts = Array.isArray(operand) ? (operand as readonly string[]) : [operand as string]
    return someValue((value) => typeof value === 'string' && parts.some((part) => holds(value, part)))
  },
})

export const OPERATORS = {
  $eq: { operand: 'scalar', test: equals },
  $neq: { operand: 'scalar', test: (operand) => not(equals(operand)) },
  $gt: ordered((order) => order > 0),
  $gte: ordered((order) => order >= 0),
  $lt: ordered((order) => order < 0),
  $lte: ordered((order) => order <= 0),
  $in: { operand: 'substring-or-scalars', test: isIn },
  $nin: { operand: 'substring-or-scalars', test: (operand) => not(isIn(operand)) },
  $startsWith: affix((text, part) => text.startsWith(part)),
  $endsWith: affix((text, part) => text.endsWith(part)),
  $exist: { operand: 'boolean', test: (operand) => (value) => (value !== null) === operand },
} as const satisfies Readonly<Record<string, Operator>>

export type OperatorName = keyof typeof OPERATORS

export const isOperator = (name: string): name is OperatorName => Object.hasOwn(OPERATORS, name)
