/** Problems in the form of a document, in words. The messages are our own because valibot's quote the received value. */
import * as v from 'valibot'
import { isObject } from './json.ts'
import { nameable } from './nameable.ts'
import { unknownName } from './nearest.ts'

/** One problem of a document. Never quotes a value. */
export interface DocumentProblem {
  /** Dotted path: `secrets.public_key`, `allowedIps.3`. */
  readonly path: string
  /** One sentence. */
  readonly problem: string
}

type Issue = v.BaseIssue<unknown>

type Schema<Output> = v.BaseSchema<unknown, Output, Issue>

export type ParsedDocument<Output> =
  | { readonly ok: true; readonly output: Output }
  | {
      readonly ok: false
      readonly problems: readonly DocumentProblem[]
      /** The document without the settings that are wrong, so that the others can be checked; undefined where nothing is left. */
      readonly rest: Output | undefined
      /** The settings that are wrong. */
      readonly without: ReadonlySet<string>
    }

export function parseDocument<Output>(schema: Schema<Output>, document: unknown): ParsedDocument<Output> {
  const parsed = v.safeParse(schema, document)
  if (parsed.success) return { ok: true, output: parsed.output }
  const unknown = unknownSettings(schema, document, '')
  // valibot stops at the first unknown setting of an object.
  const others = parsed.issues.filter((issue) => !isUnknownSetting(issue))
  const problems = [...others.map(problemOf), ...unknown.map(({ problem }) => problem)]
  const without = new Set([...others.map(topOf), ...unknown.map(({ top }) => top)])
  return { ok: false, problems, rest: restOf(schema, document, without), without }
}

const isUnknownSetting = ({ type, expected }: Issue): boolean =>
  type === 'strict_object' && expected === 'never'

function topOf({ path }: Issue): string {
  const key = path?.[0]?.key
  return typeof key === 'string' ? key : ''
}

function restOf<Output>(
  schema: Schema<Output>,
  document: unknown,
  without: ReadonlySet<string>,
): Output | undefined {
  if (!isObject(document)) return undefined
  const rest = Object.fromEntries(Object.entries(document).filter(([name]) => !without.has(name)))
  const parsed = v.safeParse(schema, rest)
  return parsed.success ? parsed.output : undefined
}

interface Unknown {
  readonly top: string
  readonly problem: DocumentProblem
}

/** All of them, in every object of the document. */
function unknownSettings(schema: unknown, value: unknown, path: string): Unknown[] {
  if (Array.isArray(value) && isObject(schema))
    return value.flatMap((one, i) => unknownSettings(schema['item'], one, `${path}.${i}`))
  const entries = entriesOf(schema)
  if (entries === undefined || !isObject(value)) return []
  const known = Object.keys(entries)
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`
    if (Object.hasOwn(entries, name)) return unknownSettings(entries[name], inner, at)
    const problem = unknownName('setting', name, known)
    return [{ top: at.split('.')[0] ?? '', problem: { path: nameable(at), problem } }]
  })
}

/** The fields of a strict object, also of an optional one or of one of several forms; `undefined` for any other schema. */
function entriesOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(schema)) return undefined
  if ('wrapped' in schema) return entriesOf(schema['wrapped'])
  // Of several forms, one at most is an object.
  if (Array.isArray(schema['options'])) return schema['options'].map(entriesOf).find(isObject)
  return schema['type'] === 'strict_object' && isObject(schema['entries']) ? schema['entries'] : undefined
}

const problemOf = (issue: Issue): DocumentProblem => ({
  path: nameable(v.getDotPath(issue) ?? ''),
  problem: sentenceOf(issue),
})

function sentenceOf({ type, input, requirement, expected, message, received }: Issue): string {
  const unit = Array.isArray(input) ? 'entries' : 'characters'
  switch (type) {
    case 'strict_object':
    case 'record':
      return expected !== 'Object' && received === 'undefined' ? 'Must be set.' : 'Must be an object.'
    case 'picklist':
      return `Must be one of: ${(expected ?? '').replaceAll(/[()"]/g, '').replaceAll(' | ', ', ')}.`
    case 'min_value':
      return `Must be at least ${String(requirement)}.`
    case 'max_value':
      return `Must be at most ${String(requirement)}.`
    case 'min_length':
      return `Must have at least ${String(requirement)} ${unit}.`
    case 'max_length':
      return `Must have at most ${String(requirement)} ${unit}.`
    case 'regex':
    case 'check':
      // The schema's own sentence.
      return message.startsWith('Must ') ? message : NOT_VALID
    default:
      return TYPES[type] ?? NOT_VALID
  }
}

const NOT_VALID = 'Is not valid.'

const TYPES: Readonly<Record<string, string>> = {
  string: 'Must be text.',
  number: 'Must be a number.',
  integer: 'Must be a whole number.',
  boolean: 'Must be true or false.',
  array: 'Must be a list.',
}
