/** `postern suppressions import`: another system's list, however long, in bounded batches. */
import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { NOTE_MAX_CHARACTERS, readAddress } from '../../../src/console/address.ts'
import { type Io, type MakeCommand, because, changing } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { type ReadRow, readRows } from '../csv/read.ts'
import { progress } from '../out/progress.ts'
import { UsageError } from '../stop.ts'
import type { Suppression } from './suppression.ts'

/** As many as the API takes in one call. */
const BATCH = 2_000
/** Lines that are named; the rest is counted. */
const NAMED_LINES = 20

interface Sum {
  rows: number
  added: number
  already: number
  refused: number
  /** The first lines that hold no address. */
  readonly lines: number[]
}

export const importCsv: MakeCommand = ({ api, io, show, end }) =>
  changing(
    'import',
    'Suppresses all addresses of a CSV, as of an ESP: the column address, email, recipient or EmailAddress, else the first one; and note, if there is one. A second import changes nothing.',
    'postern suppressions import suppressed.csv',
  )
    .argument('<FILE|->', 'the CSV; - is standard input')
    .option('--dry-run', 'read it and count, and send nothing')
    .action(async (file, options) => {
      const remoteApi = options.dryRun === true ? undefined : await api(options)
      const sum: Sum = { rows: 0, added: 0, already: 0, refused: 0, lines: [] }
      const seen = progress(io.terminal, 'Imported')
      for await (const batch of batches(await partsOf(file, io), sum, remoteApi)) {
        if (remoteApi !== undefined) {
          const answer = await remoteApi.post<{ added: number; already: number }>(
            '/api/suppressions/import',
            { entries: batch },
            because(options),
          )
          sum.added += answer.added
          sum.already += answer.already
        }
        seen.at(sum.rows)
      }
      seen.done()
      const { lines, ...counts } = sum
      show(options, { ...counts, lines_without_address: lines }, () => wordsOf(sum, options.dryRun === true))
      if (sum.refused > 0) end('no')
    })

/** @param api of the list that there is already; undefined: it is not looked at */
async function* batches(parts: AsyncIterable<Uint8Array>, sum: Sum, api: Api | undefined) {
  let known: ReadonlySet<string> | undefined
  let batch: { readonly address: string; readonly note?: string }[] = []
  for await (const row of readRows(parts)) {
    sum.rows++
    const address = readAddress(row.address)
    if (address === undefined) {
      sum.refused++
      if (sum.lines.length < NAMED_LINES) sum.lines.push(row.line)
      continue
    }
    // A row of our own export says why: whoever is suppressed for that reason needs no second one.
    if (row.exported !== undefined && api !== undefined) {
      known ??= await knownReasons(api)
      if (known.has(keyOf(address, row.exported.reason))) {
        sum.already++
        continue
      }
    }
    batch.push(entryOf(address, row))
    if (batch.length === BATCH) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

const keyOf = (address: string, reason: string): string => `${address.toLowerCase()} ${reason}`

async function knownReasons(api: Api): Promise<ReadonlySet<string>> {
  const known = new Set<string>()
  for await (const { recipient, reasons } of api.rows<Suppression>(
    '/api/suppressions',
    'suppressions',
    {},
    null,
  ))
    for (const { reason } of reasons) known.add(keyOf(recipient, reason))
  return known
}

function entryOf(address: string, row: ReadRow) {
  const note = noteOf(row).slice(0, NOTE_MAX_CHARACTERS)
  return note === '' ? { address } : { address, note }
}

/** The API adds by hand and as of now, so reason, date, source and evidence of an export go into the note. */
function noteOf({ note, exported }: ReadRow): string {
  if (exported === undefined) return note
  const { reason, since, source, evidence } = exported
  const what = reason === 'manual' && note !== '' ? note : reason
  if (since === '') return what
  const from = source === '' ? '' : ` (source ${source})`
  return `${what} since ${since}${from}${evidence === '' ? '' : `: ${evidence}`}`
}

async function partsOf(file: string, io: Io): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return io.stdinParts()
  await access(file, constants.R_OK).catch(() => {
    throw new UsageError(`${file} cannot be read.`)
  })
  return createReadStream(file)
}

function wordsOf({ rows, added, already, refused, lines }: Sum, dry: boolean): string {
  const sentences = dry
    ? [`Rows: ${rows}. With an address: ${rows - refused}. Nothing was sent.`]
    : [`Rows: ${rows}. Added: ${added}. Suppressed by hand already: ${already}.`]
  if (refused > 0)
    sentences.push(
      `Without an address: ${refused} (${lines.length < refused ? 'first lines' : 'lines'} ${lines.join(', ')}).`,
    )
  return sentences.join('\n')
}
