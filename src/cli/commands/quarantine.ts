/** `postern quarantine`: authentic deliveries that could not be understood. */
import { quarantineRoutes } from '../../api/quarantine.ts'
import { type Cli, because, changing, noun, remote } from '../command.ts'
import { progress } from '../out/progress.ts'
import { fields, table } from '../out/table.ts'
import { PAGED, list, request } from '../request.ts'
import { UsageError } from '../stop.ts'

const ID = ['<ID>', 'its id, as in the list'] as const

const show = ({ api, io, show: print, paint }: Cli) =>
  remote(
    'show',
    'One quarantined delivery or item, whole.',
    'postern quarantine show 0123… --body > body.bin',
  )
    .argument(...ID)
    .option('--body', 'the body alone, byte for byte')
    .action(async (id, options) => {
      const whole = await (await api(options)).call(quarantineRoutes.getQuarantined, { params: { id } })
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

const SOURCE = ['--source <NAME>', 'only of this source'] as const
const PROBLEM = ['--problem <CODE>', 'only with this problem: item_unreadable'] as const

const replay = ({ api, io, show: print, end, paint }: Cli) =>
  changing(
    'replay',
    "Reads one again, or all that match, with today's code of the provider, and puts what is understood into the queue. Lets in events that came too late (history_removed).",
    'postern quarantine replay --all --problem item_unreadable --plan',
  )
    .argument('[ID]', ID[1])
    .option('--all', 'all that there are, or that match')
    .option(...SOURCE)
    .option(...PROBLEM)
    .option('--plan', 'only say how many')
    .action(async (id, options) => {
      const { all, source, problem, plan } = options
      const isNarrowed = [source, problem, plan].some((given) => given !== undefined)
      if ((all === true) === (id !== undefined) || (isNarrowed && all !== true))
        throw new UsageError('Name one, or say --all, with --source, --problem and --plan if you want.')
      const remoteApi = await api(options)
      if (id !== undefined) {
        const call = { params: { id }, ...because(options) }
        const one = await remoteApi.call(quarantineRoutes.replayQuarantined, call)
        return print(options, one, () => replayedWords(one.events, one.quarantined))
      }
      const call = (cursor?: string) => {
        const body = { all: true, source, problem, cursor, plan } as const
        return remoteApi.call(quarantineRoutes.replayQuarantine, { body, ...because(options) })
      }
      const first = await call()
      if (plan === true) return print(options, first, () => `To read again: ${first.matching ?? 0}.`)
      const seen = progress(io.terminal, 'Read again')
      const sum = { replayed: 0, events: 0, failed: [] as (typeof first.failed)[number][] }
      for (let answer = first; ; answer = await call(answer.next_cursor)) {
        sum.replayed += answer.replayed
        sum.events += answer.events
        sum.failed.push(...answer.failed)
        seen.at(sum.replayed + sum.failed.length)
        if (answer.next_cursor === null) break
      }
      seen.done()
      print(options, sum, () =>
        [
          `Read again: ${sum.replayed}. ${replayedWords(sum.events, sum.failed.length)}`,
          ...(sum.failed.length === 0 ? [] : [table(['id', 'problem'], sum.failed, paint)]),
        ].join('\n'),
      )
      if (sum.failed.length > 0) end('no')
    })

const replayedWords = (events: number, left: number): string =>
  `Queued: ${events} events. Still not understood: ${left} items.`

/** A body is text for a person up to here; `--body` gives all of it. */
const SHOWN_LINES = 200

export const quarantine = noun(
  list({
    summary: 'What is in quarantine, newest first.',
    example: 'postern quarantine list --source shop',
    route: quarantineRoutes.listQuarantine,
    query: {
      source: SOURCE,
      problem: PROBLEM,
    },
    columns: [
      'id',
      'received_at',
      'source',
      'problem',
      ['item', ({ item }) => (item ? 'one item' : 'delivery')],
      'bytes',
    ],
    ...PAGED,
    all: 'all that there is, page by page',
  }),
  show,
  replay,
  request({
    name: 'remove',
    summary: 'Deletes it: its events are lost.',
    example: 'postern quarantine remove 0123… --yes',
    route: quarantineRoutes.deleteQuarantined,
    arguments: [ID],
    question: () => 'Delete it for good?',
    words: () => 'It is deleted.',
  }),
)
