/** `postern sql`: asks the pulled files of the archive, with DuckDB. */
import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Span } from '../archive/pull.ts'
import { type Cli, type MakeListed, because, changing } from '../command.ts'
import { oneOf } from '../options.ts'
import { progress } from '../out/progress.ts'
import { type DuckDB, loadDuckDB } from '../sql/duckdb.ts'
import { type EventFiles, findEventFiles } from '../sql/event-files.ts'
import { damagedAmong, isOfFiles } from '../sql/damaged.ts'
import { openPersonal } from '../sql/personal.ts'
import { type Session, openSession, quoted } from '../sql/session.ts'
import { readingStatement, wrongStatement } from '../sql/statement.ts'
import { ROW_FORMATS, writeResult } from '../sql/write-result.ts'
import { Stop, UsageError } from '../stop.ts'
import { dayFrom } from './archive.ts'

const FORMATS = [...ROW_FORMATS, 'parquet'] as const

interface Asked {
  readonly text: string
  readonly format: (typeof FORMATS)[number]
  readonly out: string | undefined
  /** Fills the personal columns; undefined if they are not asked for. */
  readonly personal: ((connection: Session['connection']) => Promise<void>) | undefined
}

export const sql: MakeListed = (cli, ...named) =>
  changing(
    ...named,
    `postern sql "select dt, count(*) as bounces from events where type = 'email.bounced' group by all order by dt"`,
  )
    .argument('<STATEMENT>', 'one statement that reads; docs/archive.md has the columns, and examples')
    .option('--dir <DIR>', 'the folder of the files', './events')
    .option(
      '--since <DAY>',
      'files of this day and later ones: 2026-09-01 in UTC, or a duration before now (30d)',
      (text) => dayFrom(text, cli.io.nowMs()),
    )
    .option('--until <DAY>', 'files of days before this one', (text) => dayFrom(text, cli.io.nowMs()))
    .option('--format <FORMAT>', `${FORMATS.join(', ')}; default: table`, oneOf(...FORMATS))
    .option('--out <FILE>', 'write the result into this file')
    .option(
      '--with-personal',
      'open recipient, reason, url, user agent, address, tags and metadata here; needs --reason',
    )
    .action(async (text, options) => {
      const format = options.format ?? (options.json === true ? 'json' : 'table')
      const out = options.out === undefined ? undefined : resolve(options.out)
      if (format === 'parquet' && out === undefined)
        throw new UsageError('Parquet is no text: name a file for it with --out.')
      const personal = options.withPersonal === true
      if (personal && options.reason === undefined)
        throw new UsageError('Say with --reason why you read what is personal: it is kept in the audit log.')
      const folder = resolve(options.dir)
      if (/[*?[\]{}]/.test(folder))
        throw new UsageError(
          'The path of the folder must have none of * ? [ ] { }, which DuckDB takes for a pattern.',
        )
      const { io } = cli
      const { since, until } = options
      const span = { since, until }
      const duckdb = await loadDuckDB()
      const seen = progress(io.terminal, 'Keys of people')
      const fill = personal
        ? openPersonal(await cli.api(options), because(options), (people) => seen.at(people))
        : undefined
      // The result is printed next. It must not begin on the line of the progress.
      const fillPersonal =
        fill && ((connection: Session['connection']) => fill(connection).finally(() => seen.done()))
      const found = await findEventFiles(folder, span)
      const read = await ask(cli, duckdb, found, span, { text, format, out, personal: fillPersonal })
      for (const name of read.damaged) io.terminal.note(`Damaged, and left out: ${name}`)
      if (read.damaged.length > 0) {
        io.terminal.note('To download it again: postern archive pull')
        cli.end('no')
      }
    })

/** Asks once more without the files that turn out to be damaged. @returns the files that were asked */
async function ask(
  cli: Cli,
  duckdb: DuckDB,
  found: EventFiles,
  span: Span,
  asked: Asked,
): Promise<EventFiles> {
  if (found.files.length === 0)
    throw new Stop(
      'no',
      'no_files',
      'There are no files of the archive in this folder, or none of these days.',
      [
        ...found.damaged.map((name) => `Damaged: ${name}`),
        'To download them: postern archive pull --since DAY',
      ],
    )
  let printed = false
  try {
    const part = asked.out === undefined ? undefined : `${asked.out}.part`
    const session = await openSession(duckdb, found, asked.personal !== undefined, part)
    try {
      const statement = await readingStatement(duckdb, session.connection, asked.text)
      // Only now that the statement was checked, so that a mistake in it reads no key.
      await asked.personal?.(session.connection)
      await write(cli, session, statement, asked, () => (printed = true))
    } finally {
      await session.close()
    }
    return found
  } catch (cause) {
    if (!isOfFiles(cause)) throw withHint(wrongStatement(cause), asked)
    const more = await damagedAmong(duckdb, found)
    if (more.length === 0) throw wrongStatement(cause)
    if (printed)
      throw new Stop(
        'no',
        'file_damaged',
        'A file is damaged, and the output is not complete. Run it again.',
        more,
      )
    return ask(
      cli,
      duckdb,
      await findEventFiles(found.folder, span, [...found.damaged, ...more]),
      span,
      asked,
    )
  }
}

/** Columns that DuckDB knows only if they are opened. */
const PERSONAL = /"(?:recipient|reason|url|user_agent|client_ip|tags|metadata)"/

/** Of a column that is personal, says how to have it. */
const withHint = (cause: unknown, { personal }: Asked): unknown =>
  cause instanceof Stop && personal === undefined && PERSONAL.test(cause.message)
    ? new Stop(cause.exit, cause.code, cause.message, [
        ...cause.more,
        'This column is personal: --with-personal --reason "…" opens it on this machine.',
      ])
    : cause

/** Writes the result to the output, or to a file that is there only when it is complete. */
async function write(
  { io, paint }: Cli,
  { connection }: Session,
  statement: string,
  { format, out }: Asked,
  began: () => void,
): Promise<void> {
  if (out === undefined) {
    if (format === 'parquet') return
    const { rows, isCut } = await writeResult(
      connection,
      statement,
      format,
      (text) => {
        began()
        io.print(Buffer.from(text))
      },
      paint,
    )
    if (isCut) io.terminal.note(`Only the first ${rows} rows are shown. All: --format csv, or json.`)
    return
  }
  const part = `${out}.part`
  try {
    if (format === 'parquet')
      await connection.run(`COPY (\n${statement}\n) TO ${quoted(part)} (FORMAT parquet, USE_TMP_FILE false)`)
    else await writeFile(part, (print) => writeResult(connection, statement, format, print, WIDE))
    await rename(part, out)
  } catch (cause) {
    await rm(part, { force: true })
    throw cause
  }
  io.terminal.note(`Wrote ${out}`)
}

/** A file has no columns and no colors. */
const WIDE = Object.assign((_style: unknown, text: string) => text, { columns: undefined })

const BUFFER_CHARACTERS = 65_536

async function writeFile(
  path: string,
  work: (print: (text: string) => Promise<void>) => Promise<unknown>,
): Promise<void> {
  const file = await open(path, 'w')
  let waiting = ''
  try {
    await work(async (text) => {
      waiting += text
      if (waiting.length < BUFFER_CHARACTERS) return
      await file.appendFile(waiting)
      waiting = ''
    })
    await file.appendFile(waiting)
  } finally {
    await file.close()
  }
}
