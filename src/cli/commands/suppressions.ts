/** `postern suppressions`: who must not be written to. */
import { type Cli, type MakeCommand, because, changing, noun, remote } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'
import type { Suppression } from './suppression.ts'
import { exportCsv } from './suppressions-export.ts'
import { importCsv } from './suppressions-import.ts'

/** Null to viewers. */
interface History {
  readonly evidence: readonly {
    readonly type: string
    readonly bounce_type: string | null
    readonly source: string
    readonly at: string
    readonly evidence: string
  }[]
  readonly liftings: readonly {
    readonly at: string
    readonly by: string | null
    readonly source: string | null
  }[]
}

type Checked = { readonly history: History | null } & (
  | { readonly suppressed: false }
  | (Suppression & { readonly suppressed: true })
)

export const suppressions: MakeCommand = (cli) =>
  noun(
    'suppressions',
    'Who must not be written to, and why.',
    check(cli),
    list(cli),
    add(cli),
    remove(cli),
    importCsv(cli),
    exportCsv(cli),
  )

const check = ({ api, show, end, paint }: Cli) =>
  remote(
    'check',
    'Whether an address may be written to: exit code 0 if it is not suppressed, 1 if it is.',
    'postern suppressions check ada@example.com',
  )
    .argument('<ADDRESS>', 'bare or as "Name <name@domain>", in upper or lower case')
    .action(async (address, options) => {
      const answer = await (await api(options)).get<Checked>(suppressionPath(address))
      show(options, answer, () =>
        [
          answer.suppressed ? reasonTable([answer], paint) : 'This address is not suppressed.',
          ...historyLines(answer.history, paint),
        ].join('\n'),
      )
      if (answer.suppressed) end('no')
    })

function historyLines(history: History | null, paint: Cli['paint']): string[] {
  const { evidence = [], liftings = [] } = history ?? {}
  return [
    ...liftings.map(({ at, by, source }) =>
      source === null
        ? `Lifted at ${at} by ${by ?? 'an import or a restore'}.`
        : `Unsubscribes of ${source} lifted at ${at}: subscribed again.`,
    ),
    ...(evidence.length === 0
      ? []
      : [
          'All evidence:',
          table(
            ['AT', 'SOURCE', 'TYPE', 'EVIDENCE'],
            evidence.map((one) => [
              one.at,
              one.source,
              one.bounce_type === null ? one.type : `${one.type}, ${one.bounce_type}`,
              one.evidence,
            ]),
            paint,
          ),
        ]),
  ]
}

const list = ({ api, show, paint }: Cli) =>
  remote('list', 'Suppressed addresses, the newest evidence first.', 'postern suppressions list --all --json')
    .option('--limit <N>', 'how many at most', wholeNumber(1, 1_000_000), 50)
    .option('--all', 'all that there are, page by page')
    .action(async (options) => {
      const limit = options.all === true ? null : options.limit
      const rows = await (
        await api(options)
      ).list<Suppression>('/api/suppressions', 'suppressions', {}, limit)
      show(options, { suppressions: rows }, () => reasonTable(rows, paint))
    })

const add = ({ api, show }: Cli) =>
  changing(
    'add',
    'Suppresses an address by hand.',
    'postern suppressions add ada@example.com --note "asked by phone"',
  )
    .argument('<ADDRESS>', 'the address')
    .option('--note <TEXT>', 'why, for whoever asks later; without it, --reason is kept as the note')
    .action(async (address, options) => {
      const note = options.note ?? options.reason
      const body = { address, ...(note === undefined ? {} : { note }) }
      const added = await (await api(options)).post<Suppression>('/api/suppressions', body, because(options))
      show(options, added, () => 'The address is suppressed.')
    })

const remove = ({ api, io, show, end }: Cli) =>
  changing(
    'remove',
    'Lifts every reason. What happens later counts again.',
    'postern suppressions remove ada@example.com --yes',
  )
    .argument('<ADDRESS>', 'the address')
    .option('--yes', 'do not ask')
    .action(async (address, options) => {
      const question = 'Lift every reason, complaints and unsubscribes too?'
      if (options.yes !== true && !(await confirmed(io, question))) return end('no')
      const removed = await (await api(options)).remove(suppressionPath(address), because(options))
      show(options, removed, () => 'The address may be written to again.')
    })

const suppressionPath = (address: string): string => `/api/suppressions/${encodeURIComponent(address)}`

const reasonTable = (rows: readonly Suppression[], paint: Cli['paint']): string =>
  table(
    ['ADDRESS', 'REASON', 'SINCE', 'SOURCE', 'EVIDENCE', 'NOTE'],
    rows.flatMap(({ recipient, reasons }) =>
      reasons.map(({ reason, since, source, evidence, note }) => [
        recipient,
        reason,
        since,
        source,
        evidence,
        note,
      ]),
    ),
    paint,
  )
