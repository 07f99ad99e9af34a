/** The configuration as a file: `{"postern": 1, "sources": {name: document}, "destinations"?, "channels"?, "retention"?, "policy"?}`, secrets by reference. */
import * as v from 'valibot'
import { doubledKey } from '../platform/doubled-key.ts'
import { isObject, parseJson } from '../platform/json.ts'

/** Newer forms are refused, not guessed at. */
const FORMAT = 1

/** The file is not understood. Quotes nothing of it but names of fields. */
export class FileRefused extends Error {
  override readonly name = 'FileRefused'
  /** More lines below the message: a path and its problem each. */
  readonly more: readonly string[]

  constructor(message: string, more: readonly string[] = []) {
    super(message)
    this.more = more
  }
}

/** Documents by name. */
export type Documents = Readonly<Record<string, Readonly<Record<string, unknown>>>>

const documents = v.custom<Documents>((value) => isObject(value) && Object.values(value).every(isObject))

const document = v.custom<Documents[string]>(isObject)

const FileSchema = v.strictObject({
  postern: v.literal(FORMAT),
  sources: documents,
  /** Without them, destinations stay as they are. */
  destinations: v.exactOptional(documents),
  /** Without them, channels stay as they are. */
  channels: v.exactOptional(documents),
  /** Without it, retention stays as it is. */
  retention: v.exactOptional(document),
  /** Without it, the suppression policy stays as it is. */
  policy: v.exactOptional(document),
})
export type ConfigurationFile = v.InferOutput<typeof FileSchema>

/** @throws {FileRefused} for anything that is not understood to the last field */
export function readConfigurationFile(bytes: Uint8Array): ConfigurationFile {
  const json = parseJson(bytes)
  if (json === undefined) throw new FileRefused('The file is not JSON in UTF-8.')
  const doubled = doubledKey(new TextDecoder().decode(bytes))
  if (doubled !== undefined) throw new FileRefused(`The file names something twice on line ${doubled}.`)
  if (isObject(json) && json['postern'] !== FORMAT)
    throw new FileRefused(`The file is of a form that is not understood: "postern" must be ${FORMAT}.`)
  const parsed = v.safeParse(FileSchema, json)
  if (parsed.success) return parsed.output
  const paths = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the whole')
  throw new FileRefused(`The file is not understood: ${[...new Set(paths)].join(', ')}.`)
}

/** The same text for the same configuration: names in order, two spaces, a line end at the end. */
export function writeConfigurationFile(
  sources: Documents,
  destinations: Documents = {},
  channels: Documents = {},
  alone: { readonly [Name in 'retention' | 'policy']?: Documents[string] | undefined } = {},
): string {
  const file = {
    postern: FORMAT,
    sources: ordered(sources),
    ...(Object.keys(destinations).length === 0 ? {} : { destinations: ordered(destinations) }),
    ...(Object.keys(channels).length === 0 ? {} : { channels: ordered(channels) }),
    ...alone,
  }
  return `${JSON.stringify(file, null, 2)}\n`
}

const ordered = (documents: Documents): Record<string, object> =>
  Object.fromEntries(
    Object.entries(documents)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, document]) => [name, orderedDocument(document)] as const),
  )

/** The provider, kind or URL first, the secrets last, settings by name. */
function orderedDocument({ provider, kind, url, secrets, ...settings }: Documents[string]): object {
  const sorted = Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { provider, kind, url, ...Object.fromEntries(sorted), ...(secrets === undefined ? {} : { secrets }) }
}
