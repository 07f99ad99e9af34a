/** Conditions of a filter as rows of a form: a field of the event, a comparison, a value. Other filters stay JSON. */
import type { OperatorName } from '../../../event/filter/operators.ts'
import { isObject, parseJsonText } from '../../../platform/json.ts'

export interface Condition {
  /** Of the event, or in its metadata: `metadata.plan`. */
  readonly field: string
  readonly comparison: string
  readonly value: string
}

interface Comparison {
  readonly operator: OperatorName
  /** `list`: values between commas. `fixed`: it has none. */
  readonly takes: 'one' | 'list' | 'text' | { readonly fixed: boolean }
  readonly words: string
}

export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  is: { operator: '$eq', takes: 'one', words: 'is' },
  is_not: { operator: '$neq', takes: 'one', words: 'is not' },
  one_of: { operator: '$in', takes: 'list', words: 'is one of (a, b)' },
  none_of: { operator: '$nin', takes: 'list', words: 'is none of (a, b)' },
  contains: { operator: '$in', takes: 'text', words: 'contains' },
  lacks: { operator: '$nin', takes: 'text', words: 'does not contain' },
  begins: { operator: '$startsWith', takes: 'text', words: 'begins with' },
  ends: { operator: '$endsWith', takes: 'text', words: 'ends with' },
  from: { operator: '$gte', takes: 'one', words: 'is at least' },
  above: { operator: '$gt', takes: 'one', words: 'is more than' },
  to: { operator: '$lte', takes: 'one', words: 'is at most' },
  below: { operator: '$lt', takes: 'one', words: 'is less than' },
  exists: { operator: '$exist', takes: { fixed: true }, words: 'has a value' },
  missing: { operator: '$exist', takes: { fixed: false }, words: 'has no value' },
}

type Json = Readonly<Record<string, unknown>>

/** All rows as one object; undefined without any. Two on one field that cannot stand side by side become `$and`. */
export function whereOf(conditions: readonly Condition[]): Json | undefined {
  const groups: Json[] = []
  for (const condition of conditions) {
    const { field } = condition
    const one = field.split('.').reduceRight<Json>((inside, name) => ({ [name]: inside }), testsOf(condition))
    const i = groups.findIndex((group) => merged(group, one) !== undefined)
    if (i < 0) groups.push(one)
    else groups[i] = merged(groups[i] ?? {}, one) ?? one
  }
  const [first, ...others] = groups
  return first === undefined || others.length === 0 ? first : { ...first, $and: others }
}

/** Both in one; undefined if one would replace a part of the other. */
function merged(group: Json, one: Json): Json | undefined {
  let both = group
  for (const [name, inside] of Object.entries(one)) {
    const present = Object.hasOwn(group, name) ? group[name] : undefined
    const value =
      present === undefined
        ? inside
        : isObject(present) && isObject(inside) && isTests(present) === isTests(inside)
          ? merged(present, inside)
          : undefined
    if (value === undefined) return undefined
    both = { ...both, [name]: value }
  }
  return both
}

const isTests = (value: object): boolean => Object.keys(value).every((name) => name.startsWith('$'))

function testsOf({ field, comparison, value }: Condition): Json {
  const { operator, takes } = COMPARISONS[comparison] ?? { operator: '$eq', takes: 'one' }
  if (typeof takes === 'object') return { [operator]: takes.fixed }
  if (takes === 'text') return { [operator]: value }
  if (takes === 'one') return { [operator]: valueOf(field, value) }
  const values = value.split(',').map((one) => one.trim())
  return { [operator]: values.filter((one) => one !== '').map((one) => valueOf(field, one)) }
}

const isOpen = (field: string): boolean => field.startsWith('metadata.')

/** Only metadata has other values than text. There `5` and `true` are what they look like, and `"5"` is a text. */
function valueOf(field: string, text: string): unknown {
  if (!isOpen(field)) return text
  const value = parseJsonText(text)
  return value === undefined || (typeof value === 'object' && value !== null) ? text : value
}

/** The rows that stand for these conditions; undefined if rows cannot say it. */
export function conditionsOf(where: unknown): readonly Condition[] | undefined {
  if (!isObject(where)) return undefined
  const found: Condition[] = []
  for (const [name, inside] of Object.entries(where)) {
    const rows =
      name === '$and' && Array.isArray(inside)
        ? joined(inside.map((one) => conditionsOf(one)))
        : name.startsWith('$') || name.includes('.')
          ? undefined
          : conditionsAt(name, inside)
    if (rows === undefined) return undefined
    found.push(...rows)
  }
  return found
}

function joined<T>(lists: readonly (readonly T[] | undefined)[]): readonly T[] | undefined {
  const known = lists.filter((list) => list !== undefined)
  return known.length === lists.length ? known.flat() : undefined
}

function conditionsAt(field: string, right: unknown): readonly Condition[] | undefined {
  if (Array.isArray(right)) return undefined
  if (!isObject(right)) return conditionsAt(field, { $eq: right })
  const entries = Object.entries(right)
  if (isTests(right)) return joined(entries.map(([name, value]) => conditionAt(field, name, value)))
  if (field !== 'metadata' && !isOpen(field)) return undefined
  return joined(
    entries.map(([name, inside]) =>
      /^\$|\.|^$/.test(name) ? undefined : conditionsAt(`${field}.${name}`, inside),
    ),
  )
}

function conditionAt(field: string, operator: string, operand: unknown): readonly Condition[] | undefined {
  const [name, { takes } = { takes: undefined }] =
    Object.entries(COMPARISONS).find(
      ([, one]) => one.operator === operator && takesOperand(one.takes, operand),
    ) ?? []
  if (name === undefined || takes === undefined) return undefined
  const value = typeof takes === 'object' ? '' : textOf(field, operand, takes)
  return value === undefined ? undefined : [{ field, comparison: name, value }]
}

const takesOperand = (takes: Comparison['takes'], operand: unknown): boolean =>
  typeof takes === 'object'
    ? takes.fixed === operand
    : takes === 'list'
      ? Array.isArray(operand)
      : takes === 'text'
        ? typeof operand === 'string'
        : !Array.isArray(operand)

/** The text from which {@link valueOf} makes the same operand. */
function textOf(field: string, operand: unknown, takes: 'one' | 'list' | 'text'): string | undefined {
  if (Array.isArray(operand)) {
    const values = operand.map((one) => textOf(field, one, 'one'))
    const isPlain = values.every(
      (one) => one !== undefined && one !== '' && one === one.trim() && !one.includes(','),
    )
    return isPlain ? values.join(', ') : undefined
  }
  if (typeof operand === 'string')
    return takes === 'text' || valueOf(field, operand) === operand ? operand : JSON.stringify(operand)
  return isOpen(field) && !isObject(operand) ? JSON.stringify(operand) : undefined
}
