/** All that a version stores, answers, reads or logs, one line each: `table registry/audit 1 0a1b2c3d`. */
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { COLUMNS } from '../../src/archive/columns.ts'
import { documentOf } from '../../src/console/api/document/index.ts'
import { ROUTES } from '../../src/console/api/index.ts'
import { ContentsSchema, EnvelopeSchema } from '../../src/event/envelope.ts'
import { LOG_EVENTS } from '../../src/platform/log-events.ts'
import { DumpSchema } from '../../src/registry/backup/dump.ts'
import { SourceConfigSchema } from '../../src/registry/sources/document.ts'
import { DestinationConfigSchema } from '../../src/registry/destinations/document.ts'
import { readCheckout } from '../deploy/checkout.ts'
import { readCommitted } from '../deploy/configuration/committed.ts'
import { ROOT } from '../workers.ts'

/** Forms that are stored and that no route shows. */
const STORED: Readonly<Record<string, v.GenericSchema>> = {
  backup: DumpSchema,
  contents: ContentsSchema,
  destination: DestinationConfigSchema,
  envelope: EnvelopeSchema,
  source: SourceConfigSchema,
}

/** Sorted lines. */
export async function formsOfCheckout(): Promise<string[]> {
  const { migrations } = await readCheckout()
  return [
    ...Object.entries(migrations).map(([file, hash]) => `migration ${file} ${hash}`),
    ...(await configured()),
    ...(await inSources()),
    ...routes(),
    ...Object.entries(STORED).flatMap(([name, schema]) =>
      fieldsOf(asJson(schema)).map((field) => `stored ${name} ${field}`),
    ),
    ...Object.entries(COLUMNS).map(([name, { type }], i) => `column ${i + 1} ${name}:${type}`),
    ...Object.entries(LOG_EVENTS).map(
      ([name, { fields }]) => `log ${name} ${(fields as readonly string[]).toSorted().join(' ')}`,
    ),
  ].sort()
}

async function configured(): Promise<string[]> {
  const all = await readCommitted()
  return all.flatMap(({ worker, configuration: { exports, vars, secrets, queues, r2_buckets: buckets } }) => [
    ...Object.keys(exports ?? {}).map((name) => `class ${worker} ${name}`),
    ...[...Object.keys(vars ?? {}), ...(secrets?.required ?? [])].map((name) => `setting ${worker} ${name}`),
    ...[...(queues?.producers ?? []), ...(queues?.consumers ?? [])].map(
      ({ queue }) => `queue ${worker} ${queue}`,
    ),
    ...(buckets ?? []).map(({ bucket_name: name }) => `bucket ${worker} ${name}`),
  ])
}

/** Tables of objects and numbers of versions, which the code does not export. @throws {Error} for tables in another style */
async function inSources(): Promise<string[]> {
  const files = (await readdir(join(ROOT, 'src'), { recursive: true })).filter((path) => path.endsWith('.ts'))
  const found: string[] = []
  for (const path of files) {
    const text = await readFile(join(ROOT, 'src', path), 'utf8')
    found.push(...tablesIn(path, text))
    for (const [, name, number] of text.matchAll(/^(?:export )?const ([A-Z_]*VERSION) = (\d+)$/gm))
      found.push(`version ${dirname(path)}/${name} ${number}`)
  }
  return [...new Set(found)]
}

/** @throws {Error} if the file makes tables by steps that are no list of texts in it */
export function tablesIn(path: string, text: string): string[] {
  const calls = text.split(/(?<!function )\bmakeTables\(/).slice(1)
  return calls.flatMap((call) => {
    const [, literal, steps] = /^[\w.]+, (?:'(\w+)'|[\w.#]+), (\w+)/.exec(call) ?? []
    const list = new RegExp(`^const ${steps} = .*?\\[(?:\\n([^]*?)\\n\\]|(.*)\\])$`, 'm').exec(text)
    const texts = [...(list?.[1] ?? list?.[2] ?? '').matchAll(/`([^`]*)`|'([^']*)'|"([^"]*)"/g)]
    if (texts.length === 0)
      throw new Error(
        `${path}: makeTables needs a list of texts in the same file, so that its steps can be recorded.`,
      )
    const name = `${path.split('/')[0]}/${literal ?? basename(path, '.ts')}`
    return texts.map(([, a, b, c], i) => `table ${name} ${i + 1} ${digits(a ?? b ?? c ?? '')}`)
  })
}

/** Of a text, however it is indented. */
const digits = (text: string): string =>
  createHash('sha256').update(text.replaceAll(/\s+/g, ' ')).digest('hex').slice(0, 8)

function routes(): string[] {
  const { paths, components } = documentOf(ROUTES)
  return [
    ...Object.entries(components.schemas).flatMap(([name, schema]) =>
      fieldsOf(schema).map((field) => `schema ${name} ${field}`),
    ),
    ...Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { parameters, requestBody, responses }]) => {
        const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'))
        return [
          ...parameters.flatMap(({ name, in: where, schema }) =>
            fieldsOf(schema, `${where} ${name}`).map((field) => `takes ${field}`),
          ),
          ...schemasIn(requestBody)
            .flatMap((schema) => fieldsOf(schema))
            .map((field) => `takes ${field}`),
          ...answers.flatMap(([status, answer]) =>
            schemasIn(answer)
              .flatMap((schema) => fieldsOf(schema))
              .map((field) => `answers ${status} ${field}`),
          ),
        ].map((line) => `route ${method.toUpperCase()} ${path} ${line}`)
      }),
    ),
  ]
}

const schemasIn = (
  body: { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> } | undefined,
): JsonSchema[] => Object.values(body?.content ?? {}).flatMap(({ schema }) => schema ?? [])

const asJson = (schema: v.GenericSchema): JsonSchema =>
  toJsonSchema(schema, { errorMode: 'ignore', typeMode: 'output', ignoreActions: ['metadata'] })

/** Each field once, with its type or its values: `events[].type=email.sent`. A `!` follows what is always there. */
function fieldsOf(schema: JsonSchema | boolean, at = ''): string[] {
  if (typeof schema === 'boolean') return []
  const { $ref: ref, anyOf, oneOf, allOf, properties, additionalProperties: other, items, type } = schema
  const parts = [...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? [])]
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const])
  const name = at === '' ? '.' : at
  if (ref !== undefined) return [`${name} is ${ref.split('/').at(-1)}`]
  if (values !== undefined) return [`${name}=${values.map(String).toSorted().join('|')}`]
  const below = [
    ...parts.flatMap((part) => fieldsOf(part, at)),
    ...Object.entries(properties ?? {}).flatMap(([key, value]) =>
      fieldsOf(value, `${at}.${key}${schema.required?.includes(key) === true ? '!' : ''}`),
    ),
    ...(other === undefined ? [] : fieldsOf(other, `${at}.*`)),
    ...(items === undefined || Array.isArray(items) ? [] : fieldsOf(items, `${at}[]`)),
  ]
  return below.length > 0 ? [...new Set(below)] : [`${name}:${String(type ?? 'any')}`]
}
