/** `postern quarantine`: authentic deliveries that could not be understood. */
import { type Cli, type MakeCommand, because, changing, noun, remote } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { fields, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

interface Entry {
  readonly id: string
  readonly source: string
  readonly provider: string
  readonly received_at: string
  readonly problem: string
  readonly item: boolean
  readonly bytes: number
}

interface Whole extends Entry {
  readonly request_id: string
  readonly content_type: string | null
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  /** How its delivery was let in. */
  readonly security: unknown
  /** Base64. */
  readonly body: string
}

export const quarantine: MakeCommand = (cli) =>
  noun(
    'quarantine',
    'Authentic deliveries that could not be understood.',
    list(cli),
    show(cli),
    replay(cli),
    remove(cli),
  )

const list = ({ api, show: print, paint }: Cli) =>
  remote('list', 'What is in quarantine, newest first.', 'postern quarantine list --source shop')
    .option('--source <NAME>', 'only of this source')
    .option('--limit <N>', 'how many at most', wholeNumber(1, 1_000_000), 50)
    .option('--all', 'all that there is, page by page')
    .action(async (options) => {
      const rows = await (
        await api(options)
      ).list<Entry>(
        '/api/quarantine',
        'quarantine',
        { source: options.source },
        options.all === true ? null : options.limit,
      )
      print(options, { quarantine: rows }, () =>
        table(
          ['ID', 'RECEIVED', 'SOURCE', 'PROBLEM', 'WHAT', 'BYTES'],
          rows.map((one) => [
            one.id,
            one.received_at,
            one.source,
            one.problem,
            one.item ? 'one item' : 'delivery',
            one.bytes,
          ]),
          paint,
        ),
      )
    })

const show = ({ api, io, show: print, paint }: Cli) =>
  remote(
    'show',
    'One quarantined delivery or item, whole.',
    'postern quarantine show 0123… --body > body.bin',
  )
    .argument('<ID>', 'its id, as in the list')
    .option('--body', 'the body alone, byte for byte')
    .action(async (id, options) => {
      const whole = await (await api(options)).get<Whole>(pathOf(id))
      const body = Buffer.from(whole.body, 'base64')
      if (options.body === true) return io.print(body)
      const { headers, body: _body, security, ...rest } = whole
      print(options, whole, () =>
        [
          fields(
            [
              ...Object.entries(rest),
              ['security', JSON.stringify(security)],
              ...Object.entries(headers).map(([name, value]): [string, string] => [`header ${name}`, value]),
            ],
            paint,
          ),
          '',
          ...body
            .toString('utf8')
            .split('\n')
            .slice(0, SHOWN_LINES)
            .map((line: string) => fields([['|', line]], paint)),
        ].join('\n'),
      )
    })

/** A body is text for a person up to here; `--body` gives all of it. */
const SHOWN_LINES = 200

const replay = ({ api, show: print }: Cli) =>
  changing(
    'replay',
    "Reads it again with today's code of the provider, and puts what is understood into the queue.",
    'postern quarantine replay 0123…',
  )
    .argument('<ID>', 'its id, as in the list')
    .action(async (id, options) => {
      const answer = await (
        await api(options)
      ).post<{ events: number; quarantined: number }>(`${pathOf(id)}/replay`, undefined, because(options))
      print(
        options,
        answer,
        () => `Queued: ${answer.events} events. Still not understood: ${answer.quarantined} items.`,
      )
    })

const remove = ({ api, io, show: print, end }: Cli) =>
  changing('remove', 'Deletes it: its events are lost.', 'postern quarantine remove 0123… --yes')
    .argument('<ID>', 'its id, as in the list')
    .option('--yes', 'do not ask')
    .action(async (id, options) => {
      if (options.yes !== true && !(await confirmed(io, 'Delete it for good?'))) return end('no')
      const answer = await (await api(options)).remove(pathOf(id), because(options))
      print(options, answer, () => 'It is deleted.')
    })

const pathOf = (id: string): string => `/api/quarantine/${encodeURIComponent(id)}`
