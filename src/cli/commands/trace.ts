/** `postern trace`: what became of one delivery, from the API and from a log. */
import { access } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { type Cli, type MakeListed, remote } from '../command.ts'
import { findConnection, isLocal } from '../connection/find.ts'
import { logPath, stateDirHere } from '../local-state.ts'
import { table } from '../out/table.ts'
import { Stop, UsageError } from '../stop.ts'
import type { Entry } from '../trace/entry.ts'
import { knownOf } from '../trace/known.ts'
import { entriesIn, linesIn } from '../trace/log-lines.ts'

const ID = /^(?:req_[0-9a-f]{24}|msg_[0-9A-Za-z-]{1,64}|[0-9a-f]{44})$/

export const trace: MakeListed = (cli, ...named) =>
  remote(...named, 'postern trace req_0123456789abcdef01234567 --log tail.jsonl')
    .argument('<ID>', 'a request_id, or the id of an event')
    .option(
      '--log <FILE>',
      'output of wrangler tail --format json, or an export of Workers Logs as JSON; - for standard input; default: the log of npm start on this machine',
    )
    .action(async (id, options) => {
      if (!ID.test(id))
        throw new UsageError('ID must be a request_id (req_ and 24 hex digits) or the id of an event.')
      const { ids, entries, gaps } = await knownOf(await cli.api(options), id)
      const text = await logOf(options.log, options.url, cli)
      const lines = text === undefined ? [] : entriesIn(await linesIn(text), ids)
      const timeline = [...entries, ...lines].toSorted((a, b) => timeOf(a) - timeOf(b))
      cli.show(options, { timeline: timeline.map(asJson), gaps }, () =>
        [table(COLUMNS, timeline.map(asJson), cli.paint), ...gaps.map((gap) => `Not asked: ${gap}`)].join(
          '\n',
        ),
      )
      if (timeline.length === 0) cli.end('no')
    })

/** A line without a time is last. */
const timeOf = ({ atMs }: Entry): number => (Number.isNaN(atMs) ? Number.MAX_SAFE_INTEGER : atMs)

const asJson = ({ atMs, ...entry }: Entry) => ({
  at: Number.isNaN(atMs) ? null : new Date(atMs).toISOString(),
  ...entry,
})

const COLUMNS = [
  'at',
  'from',
  'what',
  [
    'facts',
    ({ facts }: Pick<Entry, 'facts'>) =>
      Object.entries(facts)
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(' '),
  ],
] as const

/** The text of the log in pieces; undefined if there is none. */
async function logOf(
  named: string | undefined,
  url: string | undefined,
  { io }: Cli,
): Promise<AsyncIterable<string> | undefined> {
  if (named === '-') return textOf(io.stdinParts())
  if (named !== undefined) {
    await access(named).catch(() => {
      throw new UsageError(`${named} cannot be read.`)
    })
    return textOf(createReadStream(named))
  }
  const { url: at } = await findConnection(url, io)
  if (!isLocal(at)) return undefined
  try {
    const path = logPath(stateDirHere(io, 'trace without --log'))
    await access(path)
    return textOf(createReadStream(path))
  } catch (cause) {
    if (cause instanceof Stop || (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw cause
  }
}

async function* textOf(parts: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const part of parts) yield decoder.decode(part, { stream: true })
}
