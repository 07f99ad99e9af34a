/** `postern drill restore`, and the reports of drills. */
import * as v from 'valibot'
import {
  type BackupFile,
  BackupFileSchema,
  BackupIdSchema,
  backupRoutes,
  lackedBy,
} from '../../api/backups.ts'
import { type DrillReport, drillRoutes } from '../../api/drills.ts'
import { reportText } from '../../console/drills/report-text.ts'
import type { Cli, Io, MakeCommand, RemoteOptions } from '../command.ts'
import { changing } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { isLocal } from '../connection/find.ts'
import { documentIn } from '../input-file.ts'
import { SetupError, readMasterKeys } from '../../platform/master-key.ts'
import { type Checkout, checkoutFor } from '../checkout.ts'
import { list, request } from '../request.ts'
import { secretInput } from '../secret-input.ts'
import { gatewayUrlOf } from '../sign/source.ts'
import { Stop, UsageError } from '../stop.ts'
import { VERSION } from '../version.ts'

export const restore: MakeCommand = (cli) =>
  changing(
    'restore',
    'Restores a backup into a temporary deployment on this machine, and compares it with the real one. Exit 1 if they differ.',
    'postern drill restore --url https://postern-console.example.workers.dev',
  )
    .option(
      '--backup <ID|FILE>',
      'which backup, by its id or as a file; default: the newest complete one in the bucket',
    )
    .option('--no-report', 'keep no report in the backups bucket')
    .action(async (options) => {
      const checkout = checkoutFor(cli.io, 'drill restore')
      const { io } = cli
      const api = await cli.api(options)
      const file = await backupOf(options.backup, api, io)
      const masterKey = await masterKeyFor(api, checkout, io)
      const gatewayUrl = await gatewayUrlOf(api)
      const report = await checkout.drillRestore({
        real: { api, gatewayUrl },
        file,
        masterKey,
        version: VERSION,
        nowMs: io.nowMs,
        sleep: io.sleep,
        onProgress: (line) => io.terminal.progress(`Restore drill: ${line} …`),
        ended: io.endedByPerson(),
      })
      io.terminal.progress('')
      await finish(cli, api, report, options)
    })

/** Keeps and prints the report of a drill. One that could not be kept is printed, too. @param api only to keep it */
export async function finish(
  cli: Cli,
  api: Api | undefined,
  report: DrillReport,
  options: RemoteOptions & { readonly report: boolean; readonly json?: true | undefined },
): Promise<void> {
  const show = (id: string | null) => cli.show(options, { id, ...report }, () => reportText(report).trimEnd())
  let id: string | null = null
  if (options.report && api !== undefined)
    try {
      id = (await api.call(drillRoutes.recordDrill, { body: report })).id
    } catch (cause) {
      show(null)
      throw cause
    }
  show(id)
  if (id !== null) cli.io.terminal.note(`Kept as ${id}: postern drill report ${id}`)
  if (!report.passed) cli.end('no')
}

/** @throws {Stop} if there is no backup */
async function backupOf(named: string | undefined, api: Api, io: Io): Promise<BackupFile> {
  if (named !== undefined && !v.is(BackupIdSchema, named)) {
    const read = v.safeParse(BackupFileSchema, await documentIn(named, io))
    if (!read.success) throw new UsageError('The file is no backup: postern backup get writes one.')
    return read.output
  }
  const all = named === undefined ? await api.list(backupRoutes.listBackups, {}, null) : []
  const id = named ?? all.find((one) => lackedBy(one).length === 0)?.id
  if (id === undefined)
    throw new Stop('no', 'backup_unknown', 'There is no complete backup yet: postern backup make makes one.')
  return api.call(backupRoutes.getBackup, { params: { id } })
}

/** The key of `npm start` is in a file. That of another deployment is nowhere on this machine, unless it is given. */
async function masterKeyFor({ url }: Api, { devVars }: Checkout, io: Io): Promise<string> {
  const local = isLocal(url) ? (await devVars()).get('MASTER_KEY') : undefined
  const text =
    (io.environment['MASTER_KEY'] || local) ??
    (await secretInput(io, 'MASTER_KEY of the deployment (not shown): '))
  try {
    readMasterKeys(text)
  } catch (cause) {
    if (cause instanceof SetupError) throw new UsageError(cause.message)
    throw cause
  }
  return text
}

export const reports = list({
  name: 'reports',
  summary: 'Reports of restore and failover drills, newest first.',
  example: 'postern drill reports',
  route: drillRoutes.listDrills,
  columns: ['id', 'began_at', ['passed', ({ passed }) => (passed ? 'yes' : 'no')], 'summary'],
})

export const report = request({
  name: 'report',
  summary: 'One report as Markdown.',
  example: 'postern drill report 20261125T090012000Z-restore',
  route: drillRoutes.getDrill,
  arguments: [['<ID>', 'its id, as in the list']],
  words: (found) => reportText(found).trimEnd(),
})
