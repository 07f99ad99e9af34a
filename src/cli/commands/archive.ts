/** `postern archive`: how far the archive is, and its files on this machine. */
import { type ArchiveStatus, archiveRoutes } from '../../api/archive.ts'
import { dayOf, isDay } from '../../platform/time.ts'
import { type PullResult, pull } from '../archive/pull.ts'
import { type MakeCommand, type Paint, noun, remote } from '../command.ts'
import { timeOf } from '../options.ts'
import { bytesText } from '../../platform/bytes-text.ts'
import { progress } from '../out/progress.ts'
import { fields } from '../out/table.ts'

/** The UTC day of a day, a time, or a duration before now. */
export const dayFrom = (text: string, nowMs: number): string =>
  isDay(text) ? text : dayOf(Date.parse(timeOf(text, nowMs)))

const statusWords = (
  { archived_until, files, events, bytes, first_day, last_day, waiting, store, check }: ArchiveStatus,
  paint: Paint,
): string =>
  fields(
    [
      ['archived until', archived_until ?? 'nothing yet'],
      ['files', `${files}${first_day === null ? '' : `, of ${first_day} to ${last_day}`}`],
      ['events in them', events],
      ['size', bytesText(bytes)],
      ['waiting', waiting.since === null ? '0' : `${waiting.events}, since ${waiting.since}`],
      ['in the database', store.since === null ? '0' : `${store.events}, stored since ${store.since}`],
      ['its size', bytesText(store.bytes)],
      ...(check === null
        ? []
        : ([
            ['missing files', listOf(check.missing)],
            ['unknown objects', listOf(check.unknown)],
          ] as const)),
    ],
    paint,
  )

const listOf = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : `${names.length}: ${names.slice(0, 10).join(', ')}`

const status: MakeCommand = ({ api, show, paint, end }) =>
  remote(
    'status',
    'Up to when events are archived, how much that is, and what the database still holds.',
    'postern archive status',
  )
    .option('--check', 'also compare with the bucket: which files are missing there')
    .action(async (options) => {
      const query = { check: options.check === true ? 'true' : 'false' } as const
      const found = await (await api(options)).call(archiveRoutes.getArchive, { query })
      show(options, found, () => statusWords(found, paint))
      if ((found.check?.missing.length ?? 0) > 0) end('no')
    })

const PROBLEMS = {
  damaged: 'Damaged: the bytes do not have the checksum that the archive names',
  missing: 'Missing from the bucket',
  foreign: 'Left alone: a file of this name is here that pull did not write',
  refused: 'Refused: an archive gives no file such a name',
} as const satisfies Partial<Record<keyof PullResult, string>>

function pullWords(result: PullResult): string {
  const { pulled, bytes, present, removed } = result
  const problems = Object.entries(PROBLEMS).flatMap(([name, words]) => {
    const names = result[name as keyof typeof PROBLEMS]
    return names.length === 0 ? [] : [`${words}:`, ...names.map((one) => `  ${one}`)]
  })
  const merged = removed === 0 ? '' : ` Removed ${removed} that were merged into others.`
  return [
    `Pulled ${pulled} files (${bytesText(bytes)}). ${present} were here already.${merged}`,
    ...problems,
  ].join('\n')
}

const pullCommand: MakeCommand = ({ api, io, show, end }) =>
  remote(
    'pull',
    'Downloads the files of the archive into a folder, and checks them. Run it again to go on, or for what came since.',
    'postern archive pull --since 2026-09-01',
  )
    .argument('[DIR]', 'the folder; each day gets a folder in it', './events')
    .option('--since <DAY>', 'from this day on: 2026-09-01 in UTC, or a duration before now (30d)', (text) =>
      dayFrom(text, io.nowMs()),
    )
    .option('--until <DAY>', 'days before this one', (text) => dayFrom(text, io.nowMs()))
    .action(async (folder, options) => {
      const { since, until } = options
      const shown = progress(io.terminal, 'Files')
      const result = await pull(await api(options), folder, { since, until }, (files, bytes) =>
        shown.at(files, `, ${bytesText(bytes)}`),
      ).finally(() => shown.done())
      show(options, result, () => pullWords(result))
      if (Object.keys(PROBLEMS).some((name) => result[name as keyof typeof PROBLEMS].length > 0)) end('no')
    })

export const archive = noun(status, pullCommand)
