/** `postern suppressions import`: an export of ours, or another system's list, however long. */
import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import * as v from 'valibot'
import {
  CHUNKS_MAX,
  IMPORT_MAX,
  type ImportEntry,
  ImportEntrySchema,
  suppressionRoutes,
} from '../../api/suppressions.ts'
import { chunkDigest, entryOf } from '../../console/suppression-rows.ts'
import { type Io, type MakeCommand, because, changing } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { readRows } from '../csv/read.ts'
import { timeOf } from '../options.ts'
import { progress } from '../out/progress.ts'
import { UsageError } from '../stop.ts'

/** Below what the API takes in one call, with a margin for what surrounds the entries. */
const CHUNK_MAX_BYTES = 1_500_000
/** Lines that are named; the rest is counted. */
const NAMED_LINES = 20

interface Sums {
  rows: number
  added: number
  lifted: number
  kept_lifted: number
  already: number
  refused: number
}

interface ReadFile {
  readonly rows: number
  readonly chunks: readonly (readonly ImportEntry[])[]
  readonly refused: number
  /** The first lines that are refused. */
  readonly lines: readonly number[]
}

export const importCsv: MakeCommand = ({ api, io, show, end }) =>
  changing(
    'import',
    'Suppresses all addresses of a CSV: an export of postern, which it restores, or a list of an ESP. Of a list it reads the column address, email, recipient or EmailAddress, else the first one; and note, if there is one. A second import changes nothing.',
    'postern suppressions import suppressed.csv',
  )
    .argument('<FILE|->', 'the CSV; - is standard input')
    .option(
      '--as-of <TIME>',
      'when the list was made, for lines without a time: what was lifted later stays lifted; default: now',
      (text) => timeOf(text, io.nowMs()),
    )
    .option('--dry-run', 'read it and count, and send nothing')
    .action(async (file, options) => {
      const remoteApi = options.dryRun === true ? undefined : await api(options)
      const { rows, chunks, refused, lines } = await readEntries(await partsOf(file, io), options.asOf)
      const sums: Sums = { rows, added: 0, lifted: 0, kept_lifted: 0, already: 0, refused }
      const seen = progress(io.terminal, 'Imported')
      if (remoteApi !== undefined)
        for (let i = 0; i < chunks.length; i += CHUNKS_MAX)
          await send(remoteApi, chunks.slice(i, i + CHUNKS_MAX), because(options), sums, (count) =>
            seen.at(count),
          )
      seen.done()
      show(options, { ...sums, lines_without_address: lines }, () =>
        wordsOf(sums, lines, options.dryRun === true),
      )
      if (refused > 0) end('no')
    })

/** Adds to the sums what each chunk came to. All chunks share a line of the audit log. */
async function send(
  api: Api,
  chunks: ReadFile['chunks'],
  reason: ReturnType<typeof because>,
  sums: Sums,
  sent: (count: number) => void,
): Promise<void> {
  const announced = await Promise.all(
    chunks.map(async (entries) => ({ count: entries.length, sha256: await chunkDigest(entries) })),
  )
  const { tickets } = await api.call(suppressionRoutes.announceSuppressionsImport, {
    body: { chunks: announced },
    ...reason,
  })
  for (const [i, entries] of chunks.entries()) {
    const body = { entries, ticket: tickets[i] }
    const one = await api.call(suppressionRoutes.importSuppressions, { body, ...reason })
    for (const name of ['added', 'lifted', 'kept_lifted', 'already'] as const) sums[name] += one[name]
    sent(sums.added + sums.lifted + sums.kept_lifted + sums.already)
  }
}

/** The whole file: the audit log has its count and digest before the first address is sent. */
async function readEntries(parts: AsyncIterable<Uint8Array>, asOf: string | undefined): Promise<ReadFile> {
  const chunks: ImportEntry[][] = []
  const lines: number[] = []
  let [rows, refused, bytes] = [0, 0, Number.POSITIVE_INFINITY]
  for await (const row of readRows(parts)) {
    rows++
    const entry = v.safeParse(ImportEntrySchema, entryOf(row, asOf))
    if (!entry.success) {
      refused++
      if (lines.length < NAMED_LINES) lines.push(row.line)
      continue
    }
    const entryBytes = Buffer.byteLength(JSON.stringify(entry.output)) + 1
    const last = chunks.at(-1)
    if (last === undefined || last.length === IMPORT_MAX || bytes + entryBytes > CHUNK_MAX_BYTES) {
      chunks.push([entry.output])
      bytes = entryBytes
    } else {
      last.push(entry.output)
      bytes += entryBytes
    }
  }
  return { rows, chunks, refused, lines }
}

async function partsOf(file: string, io: Io): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return io.stdinParts()
  await access(file, constants.R_OK).catch(() => {
    throw new UsageError(`${file} cannot be read.`)
  })
  return createReadStream(file)
}

function wordsOf(sums: Sums, lines: readonly number[], dry: boolean): string {
  const { rows, added, lifted, kept_lifted, already, refused } = sums
  const sentences = dry
    ? [`Rows: ${rows}. To import: ${rows - refused}. Nothing was sent.`]
    : [`Rows: ${rows}. Added: ${added}. Known already: ${already}.`]
  if (lifted > 0) sentences.push(`Lifted: ${lifted}.`)
  if (kept_lifted > 0)
    sentences.push(`Not added, since they were lifted after the time in the file: ${kept_lifted}.`)
  if (refused > 0)
    sentences.push(
      `Without an address, or with a wrong reason or time: ${refused} (${lines.length < refused ? 'first lines' : 'lines'} ${lines.join(', ')}).`,
    )
  return sentences.join('\n')
}
