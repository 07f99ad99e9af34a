/** Conditions of a filter as rows of a form: a field of the event, a comparison, a value. Other filters stay JSON. */
import type { OperatorName } from '../../../event/filter/operators.ts'
import { isObject, parseJsonText } from '../../../platform/json.ts'

export interface Condition {
  /** Of the event, or in its metadata: `metadata.plan`. */
  readonly field: string
  readonly comparison: string
  readonly value: string
}

/** A value of the form as an operand, and back; undefined for an operand that is none of its kind. */
interface Operand {
  readonly write: (field: string, text: string) => unknown
  readonly read: (field: string, operand: unknown) => string | undefined
}

const ONE: Operand = { write: valueOf, read: textOf }
/** Values between commas. */
const LIST: Operand = {
  write: (field, text) => text.split(/\s*,\s*/).flatMap((one) => (one === '' ? [] : [valueOf(field, one)])),
  read(field, operand) {
    if (!Array.isArray(operand)) return undefined
    const texts = operand.map((one) => textOf(field, one))
    const isPlain = texts.every((one) => one !== undefined && /^[^\s,](?:[^,]*[^\s,])?$/.test(one))
    return isPlain ? texts.join(', ') : undefined
  },
}
const TEXT: Operand = {
  write: (_field, text) => text,
  read: (_field, operand) => (typeof operand === 'string' ? operand : undefined),
}
const fixed = (value: boolean): Operand => ({
  write: () => value,
  read: (_field, operand) => (operand === value ? '' : undefined),
})

interface Comparison {
  readonly operator: OperatorName
  readonly takes: Operand
  readonly words: string
}

export const COMPARISONS: Readonly<Record<string, Comparison>> = {
  is: { operator: '$eq', takes: ONE, words: 'is' },
  is_not: { operator: '$neq', takes: ONE, words: 'is not' },
  one_of: { operator: '$in', takes: LIST, words: 'is one of (a, b)' },
  none_of: { operator: '$nin', takes: LIST, words: 'is none of (a, b)' },
  contains: { operator: '$in', takes: TEXT, words: 'contains' },
  lacks: { operator: '$nin', takes: TEXT, words: 'does not contain' },
  begins: { operator: '$startsWith', takes: TEXT, words: 'begins with' },
  ends: { operator: '$endsWith', takes: TEXT, words: 'ends with' },
  from: { operator: '$gte', takes: ONE, words: 'is at least' },
  above: { operator: '$gt', takes: ONE, words: 'is more than' },
  to: { operator: '$lte', takes: ONE, words: 'is at most' },
  below: { operator: '$lt', takes: ONE, words: 'is less than' },
  exists: { operator: '$exist', takes: fixed(true), words: 'has a value' },
  missing: { operator: '$exist', takes: fixed(false), words: 'has no value' },
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
  const { operator, takes } = COMPARISONS[comparison] ?? { operator: '$eq', takes: ONE }
  return { [operator]: takes.write(field, value) }
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
  const rows = rowsOf(where)
  return rows.every((row) => row !== undefined) ? rows : undefined
}

/** A row that is undefined stands for what no row can say. */
type Rows = readonly (Condition | undefined)[]
const NONE: Rows = [undefined]

const rowsOf = (where: unknown): Rows =>
  isObject(where)
    ? Object.entries(where).flatMap(([name, inside]) =>
        name === '$and' && Array.isArray(inside)
          ? inside.flatMap(rowsOf)
          : /^\$|\./.test(name)
            ? NONE
            : rowsAt(name, inside),
      )
    : NONE

function rowsAt(field: string, right: unknown): Rows {
  if (Array.isArray(right)) return NONE
  if (!isObject(right)) return rowsAt(field, { $eq: right })
  const entries = Object.entries(right)
  if (isTests(right)) return entries.map(([name, operand]) => rowAt(field, name, operand))
  if (field !== 'metadata' && !isOpen(field)) return NONE
  return entries.flatMap(([name, inside]) =>
    /^\$|\.|^$/.test(name) ? NONE : rowsAt(`${field}.${name}`, inside),
  )
}

function rowAt(field: string, operator: string, operand: unknown): Condition | undefined {
  for (const [comparison, { operator: own, takes }] of Object.entries(COMPARISONS)) {
    const value = own === operator ? takes.read(field, operand) : undefined
    if (value !== undefined) return { field, comparison, value }
  }
  return undefined
}

/** The text from which {@link valueOf} makes the same operand. */
function textOf(field: string, operand: unknown): string | undefined {
  if (typeof operand === 'string')
    return valueOf(field, operand) === operand ? operand : JSON.stringify(operand)
  return isOpen(field) && !isObject(operand) && !Array.isArray(operand) ? JSON.stringify(operand) : undefined
}
