/** `postern suppressions sync`: the list of an ESP and the own one. */
import { type SuppressionSync, suppressionSyncRoutes } from '../../api/suppression-sync.ts'
import { syncKindWord, syncStateWords } from '../../console/messages/suppression-sync.ts'
import { type Cli, because, changing } from '../command.ts'
import { type Columns, table } from '../out/table.ts'
import { progress } from '../out/progress.ts'
import { confirmed } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

const POLL_MS = 1_000

const COLUMNS: Columns<SuppressionSync['counts'][number]> = [
  'count',
  ['entries', ({ kind }) => syncKindWord(kind)],
  'reason',
  ['scope', ({ scope }) => scope ?? 'all mail'],
  'done',
]

const EXAMPLES: Columns<SuppressionSync['examples'][number]> = [
  ['example', ({ address }) => address],
  ['is', ({ kind }) => syncKindWord(kind)],
  'reason',
]

export const sync = ({ api, io, show, end, paint }: Cli) =>
  changing(
    'sync',
    'Compares the suppressions of an ESP with the own ones, asks, and makes them the same. By default theirs are taken in, and nothing is changed there. It may be interrupted: the next one shows how it went on.',
    'postern suppressions sync shop --plan',
  )
    .argument('<SOURCE>', 'a source that has the key of its ESP in esp_api_token')
    .option('--plan', 'only compare')
    .option('--send', 'also add at the ESP what is only here')
    .option('--status', 'only say how the last one stands')
    .option('--stop', 'end the one that runs')
    .option('--yes', 'do not ask')
    .action(async (name, { plan, send, status, stop, yes, ...options }) => {
      if ([plan, status, stop].filter((one) => one === true).length > 1)
        throw new UsageError('Name one of --plan, --status and --stop.')
      const remoteApi = await api(options)
      const call = { params: { name }, ...because(options) }
      const seen = progress(io.terminal, 'Entries compared')
      const wordsOf = (found: SuppressionSync) =>
        [
          syncStateWords(found),
          ...(found.counts.length > 0 ? [table(COLUMNS, found.counts, paint)] : []),
          ...(found.examples.length > 0 ? [table(EXAMPLES, found.examples, paint)] : []),
        ].join('\n')
      /** Waits until it is finished, or has to wait itself. */
      const ended = async (found: SuppressionSync): Promise<SuppressionSync> => {
        let now = found
        while (now.state === 'running' && now.waits_until === null) {
          seen.at(now.counts.reduce((sum, { count }) => sum + count, 0))
          await io.sleep(POLL_MS)
          now = await remoteApi.call(suppressionSyncRoutes.getSuppressionSync, { params: { name } })
        }
        seen.done()
        return now
      }
      const begin = async (isPlan: boolean) => {
        const body = { plan: isPlan, send }
        return ended(await remoteApi.call(suppressionSyncRoutes.beginSuppressionSync, { ...call, body }))
      }
      const result = (found: SuppressionSync) => {
        show(options, found, () => wordsOf(found))
        if (found.stopped !== null) end('no')
      }
      if (stop === true) return result(await remoteApi.call(suppressionSyncRoutes.endSuppressionSync, call))
      if (status === true)
        return result(await remoteApi.call(suppressionSyncRoutes.getSuppressionSync, { params: { name } }))
      const planned = await begin(true)
      if (plan === true || planned.state !== 'planned') return result(planned)
      if (yes !== true) {
        io.terminal.note(wordsOf(planned))
        if (!(await confirmed(io, questionOf(planned)))) return end('no')
      }
      result(await begin(false))
    })

function questionOf({ directions }: SuppressionSync): string {
  const { take = false, send = false } = directions ?? {}
  const done = [take && 'take theirs in', send && 'send ours']
  return `Go on: ${done.filter((one) => one !== false).join(', ') || 'change nothing'}?`
}
