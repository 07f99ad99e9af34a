/** The configuration as a file: `{"postern": 1, "sources": {name: document}}`, secrets by reference. */
import * as v from 'valibot'
import { isObject, parseJson } from '../../../src/platform/json.ts'
import { UsageError } from '../stop.ts'
import { doubledKey } from './doubled-key.ts'

/** Newer forms are refused, not guessed at. */
const FORMAT = 1

const FileSchema = v.strictObject({
  postern: v.literal(FORMAT),
  sources: v.custom<Record<string, Record<string, unknown>>>(
    (value) => isObject(value) && Object.values(value).every(isObject),
  ),
})
export type ConfigurationFile = v.InferOutput<typeof FileSchema>

/** @throws {UsageError} for anything that is not understood to the last field; nothing of the file is quoted but names of fields */
export function readConfigurationFile(bytes: Uint8Array): ConfigurationFile {
  const json = parseJson(bytes)
  if (json === undefined) throw new UsageError('The file is not JSON in UTF-8.')
  const doubled = doubledKey(new TextDecoder().decode(bytes))
  if (doubled !== undefined) throw new UsageError(`The file names something twice on line ${doubled}.`)
  if (isObject(json) && json['postern'] !== FORMAT)
    throw new UsageError(`The file is of a form that is not understood: "postern" must be ${FORMAT}.`)
  const parsed = v.safeParse(FileSchema, json)
  if (parsed.success) return parsed.output
  const paths = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the whole')
  throw new UsageError(`The file is not understood: ${[...new Set(paths)].join(', ')}.`)
}

/** The same text for the same configuration: names in order, two spaces, a line end at the end. */
export function writeConfigurationFile(
  sources: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): string {
  const ordered = Object.entries(sources)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, document]) => [name, orderedDocument(document)] as const)
  return `${JSON.stringify({ postern: FORMAT, sources: Object.fromEntries(ordered) }, null, 2)}\n`
}

/** The provider first, the secrets last, settings by name. */
function orderedDocument({ provider, secrets, ...settings }: Readonly<Record<string, unknown>>): object {
  const ordered = Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { provider, ...Object.fromEntries(ordered), ...(secrets === undefined ? {} : { secrets }) }
}
