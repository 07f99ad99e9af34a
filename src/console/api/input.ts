/** Reads a request's query and body by their schemas, with a limit on the body. Problems quote no value and no odd name. */
import * as v from 'valibot'
import { type Bytes, concat } from '../../platform/bytes.ts'
import { isObject, parseJson } from '../../platform/json.ts'
import { nameable } from '../../platform/nameable.ts'
import { type Fault, type Problem, problem } from '../../api/problem.ts'

/** A source document with a hundred certificates is far below. */
export const BODY_MAX_BYTES = 256 * 1024

export type Read<T> = { readonly ok: true; readonly value: T } | Problem

/** With the bytes as they came. */
export type ReadBody<T> = { readonly ok: true; readonly value: T; readonly bytes: Bytes } | Problem

/** Reads a query whose parameters each appear once. Unknown names are refused, so that a misspelt filter filters. */
export function readQuery<Schema extends v.GenericSchema>(
  schema: Schema,
  query: URLSearchParams,
): Read<v.InferOutput<Schema>> {
  const doubled = [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1)
  if (doubled.length > 0) {
    return badParameters(
      doubled.map((name) => ({ path: nameable(name), problem: 'Was given more than once.' })),
    )
  }
  const parsed = v.safeParse(schema, Object.fromEntries(query))
  return parsed.success
    ? { ok: true, value: parsed.output }
    : badParameters(parsed.issues.map((issue) => faultOf(issue, 'Is not a parameter of this path.')))
}

/** Reads a JSON body under the cap. One without a label counts as JSON; another label is refused. */
export async function readJsonBody<Schema extends v.GenericSchema>(
  schema: Schema,
  request: Request,
  maxBytes: number,
): Promise<ReadBody<v.InferOutput<Schema>>> {
  if (!isJson(request.headers.get('content-type'))) {
    return problem('body_type_unsupported', 'Send the body as application/json.')
  }
  const bytes = await readBytes(request, maxBytes)
  if (bytes === undefined) {
    return problem('body_too_large', `A body may have at most ${maxBytes} bytes.`)
  }
  const json = parseJson(bytes)
  if (json === undefined) return problem('body_malformed', 'The body must be JSON in UTF-8.')
  const read = readBody(schema, json)
  return read.ok ? { ...read, bytes } : read
}

/** Checks a body that is JSON already. */
export function readBody<Schema extends v.GenericSchema>(
  schema: Schema,
  json: unknown,
): Read<v.InferOutput<Schema>> {
  // To a schema of an object an empty list is one, too.
  if (schema.type !== 'unknown' && !isObject(json))
    return problem('body_invalid', 'The body must be a JSON object.')
  const parsed = v.safeParse(schema, json)
  if (parsed.success) return { ok: true, value: parsed.output }
  const problems = parsed.issues.map((issue) => faultOf(issue, 'Is not a field of this body.'))
  return problem('body_invalid', 'The body does not fit the schema of this path.', { problems })
}

/** `application/json`, in UTF-8 where it says (RFC 8259 section 8.1 has no other). */
const isJson = (type: string | null): boolean =>
  type === null || /^\s*application\/json\s*(?:;\s*(?:charset\s*=\s*"?utf-8"?\s*)?)*$/i.test(type)

/** The whole body, counted while it is read; `undefined` as soon as it is longer than the limit. */
export async function readBytes(request: Request, limitBytes: number): Promise<Bytes | undefined> {
  if (request.body === null) return new Uint8Array()
  const parts: Uint8Array[] = []
  let size = 0
  const reader = request.body.getReader()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    size += chunk.value.byteLength
    if (size > limitBytes) {
      await reader.cancel()
      return undefined
    }
    parts.push(chunk.value)
  }
  return concat(parts)
}

export const badParameters = (problems: readonly Fault[]): Problem =>
  problem('parameter_invalid', `Invalid: ${problems.map(({ path }) => path || 'a name').join(', ')}.`, {
    problems,
  })

/** valibot's own messages quote what they received; these say what was expected only. */
function faultOf(issue: v.BaseIssue<unknown>, unknownName: string): Fault {
  const path = nameable(v.getDotPath(issue) ?? '')
  if (issue.kind === 'schema' && issue.expected === 'never') return { path, problem: unknownName }
  if (issue.kind === 'schema' && issue.received === 'undefined') return { path, problem: 'Is required.' }
  return { path, problem: explained(issue) }
}

/** A schema's own sentence where it has one (it holds no value); else one about its rule. */
function explained(issue: v.BaseIssue<unknown>): string {
  if (issue.message.startsWith('Must ')) return issue.message
  const { requirement } = issue as { readonly requirement?: unknown }
  const bound = typeof requirement === 'number' ? requirement.toLocaleString('en-US') : undefined
  return RULES[issue.type]?.(bound) ?? 'Must be of the form that the API describes.'
}

const RULES: Readonly<Record<string, (bound: string | undefined) => string>> = {
  string: () => 'Must be text.',
  number: () => 'Must be a number.',
  integer: () => 'Must be a whole number.',
  boolean: () => 'Must be true or false.',
  array: () => 'Must be a list.',
  object: () => 'Must be an object.',
  strict_object: () => 'Must be an object.',
  record: () => 'Must be an object.',
  uuid: () => 'Must be a UUID.',
  min_value: (bound) => `Must be at least ${bound}.`,
  max_value: (bound) => `Must be at most ${bound}.`,
  min_length: (bound) => (bound === '1' ? 'Must not be empty.' : `Must have a length of at least ${bound}.`),
  max_length: (bound) => `Must have a length of at most ${bound}.`,
}
