/** Settings of a document as its schema says them. Forms, options of commands and tables of papers are made from them. */
import * as v from 'valibot'
import { isObject } from './json.ts'

/** Words of a setting for people, beside its description. */
interface Words {
  readonly label: string
  /** Heading of its group in a form; absent if the page places it by itself. */
  readonly group?: string
  /** Meaning of its absence, if the schema has no default. */
  readonly unset?: string
  /** Values in words. */
  readonly values?: Readonly<Record<string, string>>
  /** Numbers that a form offers. */
  readonly offered?: readonly number[]
  readonly example?: string
  /** Its option, if that is not made from its path. */
  readonly flag?: string
}

/** A row of a document's schema. Each setting that a person can set is one. */
export const setting = <Schema extends v.GenericSchema>(
  schema: Schema,
  label: string,
  description: string,
  words: Omit<Words, 'label'> = {},
): Schema =>
  // The type without the pipe: calls of the registry must have finite ones.
  v.pipe(schema, v.description(description), v.metadata({ label, ...words })) as unknown as Schema

export interface Setting extends Words {
  /** Dotted path in the document. */
  readonly path: string
  readonly description: string
  readonly form: 'text' | 'choice' | 'check' | 'number' | 'days' | 'list' | 'numbers' | 'json'
  /** The values that it may have; none if there are many. */
  readonly choices: readonly string[]
  readonly range: readonly [min: number, max: number] | undefined
  readonly default: string | number | boolean | undefined
  /** Whether no document lacks it. */
  readonly isRequired: boolean
  readonly schema: v.GenericSchema
}

type Entries = Readonly<Record<string, unknown>>

/** All settings of a document, those of objects in it by dotted paths. What has no label is no setting of a person. */
export function settingsIn(entries: object, above = ''): Setting[] {
  return Object.entries(entries).flatMap(([name, schema]: [string, v.GenericSchema]) => {
    const path = `${above}${name}`
    const { inner, isOptional, isNullable } = unwrapped(schema)
    const words = v.getMetadata(schema) as Partial<Words>
    if (isObject(inner['entries'])) return settingsIn(inner['entries'], `${path}.`)
    if (words.label === undefined) return []
    return {
      ...(words as Words),
      path,
      description: v.getDescription(schema) ?? '',
      ...shapeOf(inner, isNullable),
      range: rangeOf(inner),
      default: (schema as { default?: Setting['default'] }).default,
      isRequired: !isOptional && above === '',
      schema,
    }
  })
}

function unwrapped(schema: unknown) {
  let inner = schema as Entries
  let isOptional = false
  let isNullable = false
  for (; 'wrapped' in inner; inner = inner['wrapped'] as Entries) {
    isOptional ||= inner['type'] === 'optional'
    isNullable ||= inner['type'] === 'nullable'
  }
  return { inner, isOptional, isNullable }
}

function shapeOf(schema: Entries, isNullable: boolean): Pick<Setting, 'form' | 'choices'> {
  const { type, options = [], item } = schema
  const choices = type === 'picklist' ? (options as string[]) : []
  if (type === 'picklist') return { form: 'choice', choices }
  if (type === 'boolean') return { form: 'check', choices }
  if (type === 'number') return { form: isNullable ? 'days' : 'number', choices }
  if (type === 'array') return { form: (item as Entries)['type'] === 'number' ? 'numbers' : 'list', choices }
  return { form: type === 'string' ? 'text' : 'json', choices }
}

function rangeOf(schema: Entries): Setting['range'] {
  const limit = (type: string) =>
    ((schema['pipe'] ?? []) as Entries[]).find((one) => one['type'] === type)?.['requirement']
  const [min, max] = [limit('min_value'), limit('max_value')]
  return typeof min === 'number' && typeof max === 'number' ? [min, max] : undefined
}

export const isSeconds = ({ path }: Setting): boolean => /_seconds$|Seconds$/.test(path)

const SECONDS_IN = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** The largest unit that divides it: 5400 is `90 minutes`. */
export function durationWords(seconds: number): string {
  const [size, unit] = SECONDS_IN.find(([one]) => seconds >= one && seconds % one === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** A value in words; what holds without one if it is absent. */
export function valueWords(one: Setting, value: unknown): string {
  if (value === undefined)
    return one.unset ?? (one.default === undefined ? 'none' : valueWords(one, one.default))
  if (value === null) return 'never'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.join(', ')
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return one.values?.[text] ?? (isSeconds(one) ? durationWords(Number(value)) : text)
}

/** The bounds of a number: `1 to 6`. */
export const rangeWords = ({ range }: Setting): string | undefined =>
  range && `${range[0]} to ${range[1].toLocaleString('en')}`

/** Meaning, bounds and default in sentences. */
export function hintOf(one: Setting): string {
  const bounds = rangeWords(one)
  const said = [one.description, ...(bounds === undefined ? [] : [`${bounds}.`])]
  return [...said, ...(one.isRequired ? [] : [`Default: ${valueWords(one, undefined)}.`])].join(' ')
}

export const valueAt = (document: unknown, path: string): unknown =>
  path.split('.').reduce((inside: unknown, name) => (isObject(inside) ? inside[name] : undefined), document)

/** The document with one more value; without it if that is undefined. */
export function withValue(
  document: Readonly<Record<string, unknown>>,
  path: string,
  value: unknown,
): Record<string, unknown> {
  const [outer = '', ...rest] = path.split('.')
  const inner = isObject(document[outer]) ? document[outer] : {}
  const next = rest.length === 0 ? value : withValue(inner, rest.join('.'), value)
  const { [outer]: _before, ...others } = document
  return next === undefined || (isObject(next) && Object.keys(next).length === 0 && rest.length > 0)
    ? others
    : { ...document, [outer]: next }
}

export const wordsIn = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '')

/** A text that is no number stays one. A sign and decimals are for the document to refuse, in words of its own. */
export const numberIn = (text: string): number | string =>
  /^-?[0-9]{1,15}(?:\.[0-9]{1,9})?$/.test(text) ? Number(text) : text

/** The value that a text stands for. An empty one is none. What it cannot be stays text, which the document refuses. */
export function valueIn({ form }: Setting, text: string): unknown {
  if (form === 'check') return text === 'yes'
  if (text === '') return undefined
  if (form === 'list') return wordsIn(text)
  if (form === 'numbers') return wordsIn(text).map(numberIn)
  if (form === 'number') return numberIn(text)
  if (form === 'days') return text === 'never' ? null : numberIn(text)
  return text
}
