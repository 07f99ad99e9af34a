/** `postern audit`: who changed what, when and why, and whether anybody has changed the log. */
import { type Line, type Verification, auditRoutes } from '../../api/audit.ts'
import { isObject } from '../../platform/json.ts'
import { type Cli, noun, remote } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { bytesOf } from '../input-file.ts'
import { timeOf, wholeNumber } from '../options.ts'
import { progress } from '../out/progress.ts'
import { PAGED, list } from '../request.ts'
import { UsageError } from '../stop.ts'

/** Text in place of a line of which only the number and the MAC are left. */
const HEAD_ONLY = ''

/** As many as the API gives and takes in one call, unless they are long. */
const PAGE = 500
const PAGE_MAX_CHARACTERS = 2 * 1_024 * 1_024

const verify = ({ api, io, show, end }: Cli) =>
  remote(
    'verify',
    'Walks the log and says whether it is what was written; with a file, the lines that were kept in it.',
    'postern audit verify kept.jsonl',
  )
    .argument('[FILE|-]', 'lines of postern audit export; - is standard input')
    .action(async (file, options) => {
      const remoteApi = await api(options)
      const walked =
        file === undefined
          ? await remoteApi.call(auditRoutes.verifyAudit)
          : await walkKept(remoteApi, linesIn(await bytesOf(file, io)))
      show(options, walked, () =>
        walked.ok
          ? `Every line is what was written, up to ${walked.head.seq}.`
          : `Line ${walked.seq} is not what was written: ${walked.problem.replaceAll('_', ' ')}.`,
      )
      if (!walked.ok) end('no')
    })

const exportLines = ({ api, io }: Cli) =>
  remote(
    'export',
    'The lines of the log as JSON lines, oldest first, each with its MAC: to be kept elsewhere.',
    'postern audit export --after 1200 > kept.jsonl',
  )
    .option('--after <SEQ>', 'only lines after this number', wholeNumber(0, 999_999_999), 0)
    .action(async (options) => {
      const remoteApi = await api(options)
      const seen = progress(io.terminal, 'Exported')
      let after = options.after
      for (let more = true; more;) {
        const { lines, head, base } = await remoteApi.call(auditRoutes.exportAudit, {
          query: { after, limit: PAGE },
        })
        // Earlier lines were too old. Their head comes first, so that the others can be verified.
        if (lines[0] !== undefined && lines[0].seq > after + 1)
          io.print(JSON.stringify({ ...base, text: HEAD_ONLY }))
        for (const line of lines) io.print(JSON.stringify(line))
        after = lines.at(-1)?.seq ?? after
        seen.at(after)
        more = lines.length > 0 && after < head.seq
      }
      seen.done()
    })

export const audit = noun(
  list({
    summary: 'Changes, newest first.',
    example: 'postern audit list --action secret --since 30d',
    route: auditRoutes.listAudit,
    columns: ['seq', 'at', 'actor_name', 'from', 'action', 'target', 'reason'],
    query: {
      action: ['--action <ACTION>', 'only this action, or all of a noun: secret.rotated, or secret'],
      target: ['--target <PART>', 'only of what has this in its name, as source/shop'],
      actor: ['--actor <ACTOR>', 'only of this actor: admin, schedule, token:<id>, access:<email>'],
      since: ['--since <TIME>', 'only of this time and later: RFC 3339, or 24h for the last day', timeOf],
      until: ['--until <TIME>', 'only lines older than this time, in the same forms', timeOf],
    },
    ...PAGED,
  }),
  verify,
  exportLines,
)

/** Page by page: each follows the head of the one before. */
async function walkKept(api: Api, lines: readonly Line[]): Promise<Verification> {
  const [first] = lines
  if (first === undefined) throw new UsageError('The file has no lines.')
  const beginsWithHead = first.text === HEAD_ONLY
  if (!beginsWithHead && first.seq !== 1)
    throw new UsageError('The file must begin with line 1: export without --after.')
  let head = beginsWithHead ? { seq: first.seq, mac: first.mac } : { seq: 0, mac: '' }
  for (const page of pagesOf(beginsWithHead ? lines.slice(1) : lines)) {
    const walked = await api.call(auditRoutes.verifyKeptAudit, { body: { after: head, lines: page } })
    if (!walked.ok) return walked
    head = walked.head
  }
  return { ok: true, head }
}

function* pagesOf(lines: readonly Line[]): Generator<readonly Line[]> {
  let from = 0
  let characters = 0
  for (const [i, { text }] of lines.entries()) {
    if (i > from && (i - from === PAGE || characters + text.length > PAGE_MAX_CHARACTERS)) {
      yield lines.slice(from, i)
      from = i
      characters = 0
    }
    characters += text.length
  }
  yield lines.slice(from)
}

function linesIn(bytes: Uint8Array): Line[] {
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => {
      const { seq, text, mac } = objectIn(line)
      if (typeof seq !== 'number' || typeof text !== 'string' || typeof mac !== 'string')
        throw new UsageError(`Line ${i + 1} of the file is no line of the log.`)
      return { seq, text, mac }
    })
}

function objectIn(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
