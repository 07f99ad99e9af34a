/** `postern tail`: what happens right now, one line a delivery. */
import { access } from 'node:fs/promises'
import { type Cli, type Io, type MakeListed, verb } from '../command.ts'
import { environmentOf, nameIn, workerNamed } from '../connection/environment.ts'
import { readLogins } from '../connection/config-file.ts'
import { consoleUrl, isLocal } from '../connection/find.ts'
import { visibleJson } from '../../platform/visible.ts'
import { WORKER_NAMES } from '../../platform/worker-names.ts'
import { checkoutFor } from '../checkout.ts'
import { logPath, stateDirHere } from '../local-state.ts'
import { Stop, UsageError } from '../stop.ts'
import { followFile } from '../tail/follow-file.ts'
import { followWrangler } from '../tail/follow-wrangler.ts'
import { lineOf } from '../tail/line.ts'
import { type LogRecord, localRecord, tailRecords } from '../tail/record.ts'

interface Options {
  readonly local?: true | undefined
  readonly worker?: string | undefined
  readonly fromStart?: true | undefined
}

export const tail: MakeListed = ({ io, paint, api }, ...named) =>
  verb(...named, 'postern tail --source shop')
    .option(
      '--local',
      'what npm start logs on this machine; the default where no other console was logged in to',
    )
    .option(
      '--worker <NAME>',
      `which deployed Worker: ${WORKER_NAMES.join(', ')}, of where you are logged in; or gateway-staging`,
    )
    .option('--from-start', 'of the local log, also what is there already')
    .option('--source <NAME>', 'only of this source')
    .option('--refused', 'only what was refused')
    .action(async (options) => {
      for await (const record of await recordsOf(options, io, api)) {
        const { fields } = record
        if (options.source !== undefined && fields?.['source'] !== options.source) continue
        if (options.refused === true && !REFUSALS.has(String(fields?.['event']))) continue
        const line = options.json === true ? jsonLine(record) : lineOf(record, paint)
        if (line !== undefined) io.print(line)
      }
    })

const REFUSALS: ReadonlySet<string> = new Set(['delivery_refused', 'alarm', 'refusals_not_logged'])

const jsonLine = ({ atMs, fields }: LogRecord): string | undefined =>
  fields === undefined
    ? undefined
    : visibleJson(JSON.stringify({ at: Number.isNaN(atMs) ? null : new Date(atMs).toISOString(), ...fields }))

async function recordsOf(options: Options, io: Io, api: Cli['api']): Promise<AsyncGenerator<LogRecord>> {
  const ended = io.endedByPerson()
  const url = await urlHere(io)
  const isHere = url === null || isLocal(url)
  if (options.worker === undefined && (options.local === true || isHere)) {
    const path = logPath(stateDirHere(io, 'tail --local without STATE_DIR'))
    await access(path).catch(() => {
      throw new Stop('denied', 'no_local_log', `There is no log at ${path}: start Postern with npm start.`, [
        'If npm start runs with STATE_DIR, set the same STATE_DIR here.',
        'To follow a deployed Worker, name it: --worker gateway.',
      ])
    })
    return records(followFile(path, { ended, fromStart: options.fromStart === true }), (line) => {
      const record = localRecord(line)
      return record === undefined ? [] : [record]
    })
  }
  const wanted = workerNamed(options.worker ?? 'gateway')
  if (wanted === undefined) throw new UsageError('There is no such Worker; --help names them.')
  const { folder } = checkoutFor(io, 'tail --worker')
  const environment =
    wanted.environment ??
    (await environmentOf(url, isHere ? undefined : await api({}).catch(() => undefined)))
  const name = nameIn(environment, `postern-${wanted.worker}`)
  io.terminal.note(`Following ${name}.`)
  return records(followWrangler(name, ended, folder), tailRecords)
}

async function* records(texts: AsyncIterable<string>, read: (text: string) => LogRecord[]) {
  for await (const text of texts) yield* read(text)
}

/** Console that other commands would ask; null for the one of this machine. */
async function urlHere({ environment }: Io): Promise<URL | null> {
  const url = environment['POSTERN_URL'] || (await readLogins(environment)).current
  return url === null ? null : consoleUrl(url)
}
