/** `postern capture`: keeps the next refused deliveries of a source, and writes each to a file for `postern verify`. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { captureRoutes } from '../../api/captures.ts'
import { CAPTURE_MAX_SECONDS } from '../../event/captured.ts'
import { REQUEST_ID } from '../../platform/ids.ts'
import { visibleJson } from '../../platform/visible.ts'
import { type Cli, type MakeListed, because, changing } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { durationSeconds } from '../options.ts'
import { Stop, UsageError } from '../stop.ts'

const LOOK_EVERY_MS = 2_000

export const capture: MakeListed = (cli, ...named) =>
  changing(...named, 'postern capture shop --for 15m')
    .argument('<NAME>', 'the name of the source')
    .option(
      '--for <DURATION>',
      'how long, an hour at most: 90s, 15m, 1h',
      durationSeconds,
      CAPTURE_MAX_SECONDS,
    )
    .option('--out <DIR>', 'where the files go', 'captured')
    .option('--off', 'ends a capture that another command began, and deletes what it kept')
    .action(async (name, options) => {
      const api = await cli.api(options)
      const call = { params: { name }, ...because(options) }
      if (options.off === true) {
        const ended = await api.call(captureRoutes.endCapture, call)
        return cli.show(
          options,
          ended,
          () => `Nothing of ${name} is captured any more. Deleted from Postern: ${ended.deleted} deliveries.`,
        )
      }
      const seconds = options.for
      if (seconds < 1 || seconds > CAPTURE_MAX_SECONDS)
        throw new UsageError('--for takes a duration up to 1h.')
      // From here on Ctrl-C ends the capture, and not the command alone.
      const ended = cli.io.endedByPerson()
      await api.call(captureRoutes.beginCapture, { ...call, body: { for_seconds: seconds } })
      try {
        await follow(api, name, ended, options, cli)
      } finally {
        await api.call(captureRoutes.endCapture, call)
      }
    })

interface Options {
  readonly out: string
  readonly json?: true | undefined
}

/** Writes each delivery once, until the capture is over or full, or the person ends it. */
async function follow(
  api: Api,
  name: string,
  ended: AbortSignal,
  { out, json }: Options,
  { io }: Cli,
): Promise<void> {
  io.terminal.note(
    `Waiting for refused deliveries of ${name}; Ctrl-C ends it. Headers, URLs and bodies can hold real secrets and addresses: delete the files when you are done.`,
  )
  const written = new Set<string>()
  for (;;) {
    const { capturing, full, captured } = await api.call(captureRoutes.getCapture, { params: { name } })
    for (const { request_id: id, code } of captured) {
      if (written.has(id)) continue
      written.add(id)
      const delivery = await api.call(captureRoutes.readCaptured, { params: { name, request_id: id } })
      const file = await write(id, delivery, out)
      if (json === true) io.print(visibleJson(JSON.stringify({ request_id: id, code, file })))
      else io.print(`${file}  ${code}\n  npx postern verify ${file} --source ${name}`)
    }
    if (full) io.terminal.note('The capture is full. To go on, run the command again.')
    if (!capturing || ended.aborted) break
    await io.sleep(LOOK_EVERY_MS)
  }
  if (written.size > 0 && json !== true)
    io.terminal.note(
      'Postern never gives secrets back: verify asks for them, or reads them from a file (--secrets).',
    )
}

/** For its owner alone: a delivery can hold credentials. */
async function write(id: string, delivery: unknown, folder: string): Promise<string> {
  if (!REQUEST_ID.test(id))
    throw new Stop('failed', 'answer_malformed', 'The console sent a malformed request id.')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, `${id}.json`)
  await writeFile(file, `${JSON.stringify(delivery, null, 2)}\n`, { mode: 0o600 })
  return file
}
