/** The document of a channel, made of options. */
import { readFile } from 'node:fs/promises'
import type { Io } from '../command.ts'
import type { JsonObject } from '../json.ts'
import { secretInput } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

export interface Settings {
  readonly kind?: string | undefined
  readonly minimumSeverity?: string | undefined
  readonly grouping?: number | undefined
  readonly reminder?: number | undefined
  readonly quiet?: string | undefined
  readonly timeZone?: string | undefined
  readonly quietExcept?: string | undefined
  readonly sources?: readonly string[] | undefined
  readonly from?: string | undefined
  readonly to?: readonly string[] | undefined
  readonly url?: string | undefined
  readonly region?: string | undefined
  readonly threadId?: string | undefined
  readonly slot?: readonly string[] | undefined
}

/** @throws {UsageError} without a kind, and for options that contradict each other */
export async function documentOf(settings: Settings, io: Io): Promise<JsonObject> {
  const { kind, minimumSeverity, grouping, reminder, sources, from, to, url, region, threadId } = settings
  const { slot: slots = [] } = settings
  if (kind === undefined) throw new UsageError('Name the kind with --kind, or a document with --file.')
  const fields: JsonObject = {
    kind,
    minimum_severity: minimumSeverity,
    grouping_seconds: grouping,
    reminder_seconds: reminder,
    quiet_hours: quietHoursOf(settings),
    sources,
    from,
    to,
    url,
    region,
    thread_id: threadId,
    secrets: slots.length === 0 ? undefined : await secretsOf(slots, io),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function quietHoursOf({ quiet, timeZone, quietExcept }: Settings): JsonObject | undefined {
  if (quiet === undefined) {
    if (timeZone !== undefined || quietExcept !== undefined)
      throw new UsageError('--time-zone and --quiet-except are of quiet hours: say --quiet, too.')
    return undefined
  }
  const [, from, to] = /^(\d{2}:\d{2})-(\d{2}:\d{2})$/.exec(quiet) ?? []
  if (from === undefined || to === undefined) throw new UsageError('--quiet is needed as 22:00-07:00.')
  if (timeZone === undefined) throw new UsageError('--quiet needs --time-zone, such as Europe/Berlin.')
  return { from, to, time_zone: timeZone, ...(quietExcept === undefined ? {} : { except: quietExcept }) }
}

/** Values from files, from a hidden prompt, or one from standard input: every program on the machine can see arguments. */
async function secretsOf(named: readonly string[], io: Io): Promise<JsonObject> {
  const slots = named.map((text) => {
    const [slot = '', ...file] = text.split('=')
    return { slot, file: file.length === 0 ? undefined : file.join('=') }
  })
  if (new Set(slots.map(({ slot }) => slot)).size < slots.length)
    throw new UsageError('A secret is named twice.')
  if (!io.terminal.readsKeys && slots.filter(({ file }) => file === undefined).length > 1)
    throw new UsageError('Standard input holds one secret: give the others as --slot SLOT=FILE.')
  const values: [string, string][] = []
  for (const { slot, file } of slots)
    values.push([
      slot,
      file === undefined ? await secretInput(io, `Value of the secret ${slot}: `) : await inFile(slot, file),
    ])
  return Object.fromEntries(values)
}

/** Reads a secret from a file. The file's name may be the secret itself, typed by mistake, so no error repeats it. */
async function inFile(slot: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/\r?\n$/, '')
  } catch {
    throw new UsageError(`The file of the secret ${slot} cannot be read.`)
  }
}
