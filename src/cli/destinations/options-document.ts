/** The document of a destination, made of options. */
import type { Io } from '../command.ts'
import { type JsonObject, objectFrom } from '../json.ts'
import { secretInput } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

export interface FilterSettings {
  readonly types?: readonly string[] | undefined
  readonly sources?: readonly string[] | undefined
  readonly where?: string | undefined
}

export interface Settings extends FilterSettings {
  readonly url?: string | undefined
  readonly batch?: number | undefined
  readonly maxWait?: number | undefined
  readonly personal?: string | undefined
  readonly header?: readonly string[] | undefined
  readonly ordered?: true | undefined
  readonly rate?: number | undefined
  readonly concurrency?: number | undefined
  readonly timeout?: number | undefined
  readonly start?: string | undefined
  readonly ed25519?: true | undefined
  readonly paused?: true | undefined
  readonly tellsErasures?: true | undefined
  readonly privateNetwork?: true | undefined
}

/** @throws {UsageError} without a URL, and for options that contradict each other */
export async function documentOf(settings: Settings, io: Io): Promise<JsonObject> {
  const {
    url,
    personal,
    header = [],
    ordered,
    rate,
    concurrency,
    timeout,
    start,
    ed25519,
    paused,
    tellsErasures,
    privateNetwork,
  } = settings
  if (url === undefined) throw new UsageError('Name the endpoint with --url, or a document with --file.')
  return present({
    url,
    filter: filterOf(settings),
    batch: batchOf(settings),
    personal,
    headers: header.length === 0 ? undefined : await headersOf(header, io),
    rate_per_second: rate,
    concurrency,
    ordered,
    timeout_seconds: timeout,
    start,
    ed25519,
    paused,
    tells_erasures: tellsErasures,
    private_network: privateNetwork,
  })
}

/** The filter in its outside form; undefined for all events. */
export function filterOf({ types, sources, where }: FilterSettings): JsonObject | undefined {
  const filter = present({
    types,
    sources,
    where: where === undefined ? undefined : objectFrom(where, '--where'),
  })
  return Object.keys(filter).length === 0 ? undefined : filter
}

function batchOf({ batch, maxWait }: Settings): JsonObject | undefined {
  if (batch === undefined && maxWait !== undefined)
    throw new UsageError('--max-wait is of a batch: say --batch, too.')
  return batch === undefined ? undefined : present({ max_events: batch, max_wait_seconds: maxWait })
}

async function headersOf(lines: readonly string[], io: Io): Promise<JsonObject> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = /^([^\s:]+):[ \t]*(.*)$/.exec(line) ?? []
    if (name === undefined) throw new UsageError("--header: A header is needed as 'name: value'.")
    if (headers.has(name.toLowerCase())) throw new UsageError('--header: A header is named twice.')
    headers.set(
      name.toLowerCase(),
      value === '-' ? await secretInput(io, `Value of the header ${name}: `) : value,
    )
  }
  return Object.fromEntries(headers)
}

const present = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
