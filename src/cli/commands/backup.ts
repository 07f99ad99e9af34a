/** `postern backup` and `postern restore`: all sources, destinations and channels with their secrets in one sealed file, what is beside it, and the way back. */
import type { Call } from '../../api/client.ts'
import { type AnswerOf } from '../../api/route.ts'
import { type Outline, backupRoutes, lackedBy } from '../../api/backups.ts'
import { type Cli, type MakeListed, because, changing, noun, remote } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { bytesOf } from '../input-file.ts'
import { objectFrom } from '../json.ts'
import { list, request } from '../request.ts'
import { confirmed } from '../secret-input.ts'
import { Stop, UsageError } from '../stop.ts'

/** Body of a call that restores a backup. */
type Sent = Call<typeof backupRoutes.restoreBackup>['body']
type Restored = AnswerOf<typeof backupRoutes.restoreBackup>

/** A backup of thousands of sources takes longer than a call usually does. */
const DEADLINE_MS = 120_000

const besideIt = (made: Outline): string => {
  const lacked = lackedBy(made)
  return lacked.length === 0
    ? `Beside it: ${made.incidents} incidents and ${made.beside?.suppressions?.rows} suppressions.`
    : `It lacks the ${lacked.join(' and the ')}, and is not restored by default: make another one later.`
}

const get = ({ api, io }: Cli) =>
  remote(
    'get',
    'The backup as a file, to be kept elsewhere. It opens under the master key alone.',
    'postern backup get 20261125T021700000Z > backup.json',
  )
    .argument('<ID>', 'its id, as in the list')
    .action(async (id, options) => {
      const file = await (await api(options)).call(backupRoutes.getBackup, { params: { id } })
      io.print(JSON.stringify(file))
    })

export const backup = noun(
  request({
    name: 'make',
    summary: 'Makes a backup now, in the backups bucket.',
    example: 'postern backup make',
    route: backupRoutes.makeBackup,
    more: { deadlineMs: DEADLINE_MS },
    words: (made) =>
      `${made.id} holds ${made.sources} sources, ${made.destinations} destinations and ${made.channels} channels. ${besideIt(made)}`,
  }),
  list({
    summary: 'Backups in the bucket, newest first.',
    example: 'postern backup list',
    route: backupRoutes.listBackups,
    columns: [
      'id',
      'made_at',
      'sources',
      'destinations',
      'channels',
      ['incidents', (one) => one.incidents ?? 'missing'],
      ['missing', (one) => lackedBy(one).join(', ') || (one.beside === null ? 'not checked' : 'nothing')],
      'audit_lines',
      'sha256',
    ],
  }),
  get,
)

type RestoredPart = Pick<AnswerOf<typeof backupRoutes.restoreSuppressions>, 'count' | 'added' | 'next'>

/** The suppressions beside a backup in the bucket, part by part, without those that are missing. */
async function restoreList(
  api: Api,
  id: string,
  missing: readonly string[],
  reason: ReturnType<typeof because>,
): Promise<{ readonly count: number; readonly added: number }> {
  const lastGap = Math.max(-1, ...missing.map((name) => Number(name.split('/')[1] ?? -1)))
  const restorePart = async (part: number): Promise<RestoredPart> => {
    try {
      const body = { id, part }
      return await api.call(backupRoutes.restoreSuppressions, { body, ...reason, deadlineMs: DEADLINE_MS })
    } catch (cause) {
      if (missing.length === 0 || !(cause instanceof Stop) || cause.code !== 'backup_unknown') throw cause
      return { count: 0, added: 0, next: part > lastGap ? null : part + 1 }
    }
  }
  const sums = { count: 0, added: 0 }
  for (let part: number | null = 0; part !== null;) {
    const done = await restorePart(part)
    sums.count += done.count
    sums.added += done.added
    part = done.next
  }
  return sums
}

/** The incidents of a backup. Nothing else waits for them. @returns null if there are none, else how many or a problem */
async function restoreIncidents(
  api: Api,
  from: { readonly id: unknown; readonly sealed?: unknown },
  reason: ReturnType<typeof because>,
): Promise<number | string | null> {
  try {
    const more = { ...reason, deadlineMs: DEADLINE_MS }
    return (await api.call(backupRoutes.restoreIncidents, { body: from as { readonly id: string }, ...more }))
      .restored
  } catch (cause) {
    if (cause instanceof Stop) return cause.message
    throw cause
  }
}

function incidentsLine(restored: number | string | null): string {
  if (restored === null) return 'The backup has no incidents.'
  return typeof restored === 'number'
    ? `Incidents that came back: ${restored}.`
    : `The incidents did not come back: ${restored} To try again, run the command with --replace.`
}

function pausedLines({ destinations, paused_channels: channels }: Restored): string[] {
  const begun = destinations.filter(({ begins }) => begins === 'at_the_restore')
  const names = (some: Restored['destinations']) => some.map(({ name }) => name).join(', ')
  const paused = destinations.filter((one) => one.paused)
  return [
    ...(begun.length === 0
      ? []
      : [
          `Destinations that begin with the events from now on: ${names(begun)}. Earlier ones: postern destinations replay NAME --since TIME`,
        ]),
    ...(paused.length === 0
      ? []
      : [`Destinations that are paused: ${names(paused)}. To send: postern destinations resume NAME`]),
    ...(channels.length === 0
      ? []
      : [
          `Channels that are paused: ${channels.join(', ')}. To tell people of incidents: postern channels resume NAME`,
        ]),
  ]
}

/** `destination/app` is a destination, `channel/ops` a channel; no name of a source has a slash. */
function revivedLine({ source: owner, slot, version }: Restored['revived'][number]): string {
  const inUse = `In use again though it was revoked since: ${owner}/${slot}/${version}. If it had leaked:`
  if (owner.startsWith(CHANNEL_PREFIX))
    return `${inUse} postern channels set ${owner.slice(CHANNEL_PREFIX.length)} --slot ${slot}`
  const [name, command] = owner.startsWith(DESTINATION_PREFIX)
    ? [owner.slice(DESTINATION_PREFIX.length), 'postern destinations']
    : [owner, 'postern secrets']
  return `${inUse} ${command} revoke ${name} ${slot} ${version}`
}

const DESTINATION_PREFIX = 'destination/'
const CHANNEL_PREFIX = 'channel/'

export const restore: MakeListed = ({ api, io, show, end }, ...named) =>
  changing(...named, 'postern restore --file backup.json')
    .argument('[ID]', 'a backup in the bucket')
    .option('--file <FILE>', 'or a backup as a file; - is standard input')
    .option('--replace', 'replace the sources and destinations that exist now')
    .option(
      '--resume',
      'destinations and channels that this deployment does not have send at once; otherwise they are paused',
    )
    .option('--incomplete', 'restore a backup from which a part is missing: what is there')
    .option('--yes', 'do not ask')
    .action(async (id, options) => {
      if ((id === undefined) === (options.file === undefined))
        throw new UsageError('Name either a backup in the bucket or a --file.')
      const question = 'Replace the sources and destinations that exist now?'
      if (options.replace === true && options.yes !== true && !(await confirmed(io, question)))
        return end('no')
      const { incidents_sealed: sealed = null, ...file } =
        options.file === undefined
          ? {}
          : objectFrom(new TextDecoder().decode(await bytesOf(options.file, io)), 'The backup')
      if (
        sealed === null &&
        file['incidents'] !== null &&
        (file['beside'] ?? null) !== null &&
        options.incomplete !== true
      )
        throw new Stop(
          'no',
          'backup_incomplete',
          'The file lacks its incidents. Nothing was changed. Choose another backup, or add --incomplete to restore what is there.',
        )
      const which = options.file === undefined ? { id } : { file: file as Sent['file'] }
      const done = await (
        await api(options)
      ).call(backupRoutes.restoreBackup, {
        body: {
          ...which,
          replace: options.replace === true,
          resume: options.resume === true,
          incomplete: options.incomplete === true,
        },
        ...because(options),
        deadlineMs: DEADLINE_MS,
      })
      const suppressions =
        id === undefined ? null : await restoreList(await api(options), id, done.missing, because(options))
      const from = id === undefined ? { id: file['id'], sealed } : { id }
      const incidents =
        id === undefined && sealed === null
          ? null
          : await restoreIncidents(await api(options), from, because(options))
      if (typeof incidents === 'string') end('no')
      show(options, { ...done, suppressions, incidents }, () =>
        [
          `Restored: ${done.restored} sources, destinations and channels. Removed: ${done.removed}.`,
          ...(done.missing.length === 0 ? [] : [`Missing from the backup: ${done.missing.join(', ')}.`]),
          ...(done.checked
            ? []
            : ['The backup is older than 0.4.0: nobody knows whether a part is missing.']),
          suppressions === null
            ? 'A file holds no suppressions: postern suppressions import takes what export wrote.'
            : `Suppressions in the backup: ${suppressions.count}. Added: ${suppressions.added}.`,
          incidentsLine(incidents),
          ...pausedLines(done),
          ...done.revived.map(revivedLine),
        ].join('\n'),
      )
    })
