/** `postern quarantine`: authentic deliveries that could not be understood. */
import { quarantineRoutes } from '../../api/quarantine.ts'
import { type Cli, noun, remote } from '../command.ts'
import { fields } from '../out/table.ts'
import { PAGED, list, request } from '../request.ts'

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

/** A body is text for a person up to here; `--body` gives all of it. */
const SHOWN_LINES = 200

export const quarantine = noun(
  'quarantine',
  'Authentic deliveries that could not be understood.',
  list({
    summary: 'What is in quarantine, newest first.',
    example: 'postern quarantine list --source shop',
    route: quarantineRoutes.listQuarantine,
    query: {
      source: ['--source <NAME>', 'only of this source'],
      problem: ['--problem <CODE>', 'only with this problem: item_unreadable'],
    },
    columns: {
      ID: 'id',
      RECEIVED: 'received_at',
      SOURCE: 'source',
      PROBLEM: 'problem',
      WHAT: ({ item }) => (item ? 'one item' : 'delivery'),
      BYTES: 'bytes',
    },
    ...PAGED,
    all: 'all that there is, page by page',
  }),
  show,
  request({
    name: 'replay',
    summary:
      "Reads it again with today's code of the provider, and puts what is understood into the queue. Lets in an event that came too late (history_removed).",
    example: 'postern quarantine replay 0123…',
    route: quarantineRoutes.replayQuarantined,
    arguments: [ID],
    words: ({ events, quarantined }) =>
      `Queued: ${events} events. Still not understood: ${quarantined} items.`,
  }),
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
