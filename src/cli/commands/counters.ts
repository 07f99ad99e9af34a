/** `postern counters`: how many events were stored, and how many deliveries were refused. */
import { type MakeCommand, noun, remote } from '../command.ts'
import { timeOf } from '../options.ts'
import { table } from '../out/table.ts'

interface Counters {
  readonly since: string
  readonly events: readonly {
    readonly hour: string
    readonly source: string
    readonly type: string
    readonly count: number
  }[]
  readonly refusals: readonly {
    readonly source: string | null
    readonly code: string
    readonly count: number
  }[]
}

export const counters: MakeCommand = ({ api, io, show, paint }) =>
  noun(
    'counters',
    'How many events were stored, and how many deliveries were refused.',
    remote('show', 'Sums since a time; default: the last day.', 'postern counters show --source shop')
      .option('--source <NAME>', 'only of this source')
      .option('--since <TIME>', 'from the hour of this time on: RFC 3339, or 7d for the last week')
      .action(async (options) => {
        const query = { source: options.source, since: timeOf(options.since, io.nowMs()) }
        const answer = await (await api(options)).get<Counters>('/api/counters', query)
        show(options, answer, () =>
          [
            paint('dim', `since ${answer.since}`),
            table(['SOURCE', 'EVENT', 'COUNT'], sums(answer.events), paint),
            '',
            table(
              ['SOURCE', 'REFUSED WITH', 'COUNT'],
              answer.refusals.map(({ source, code, count }) => [source ?? 'unknown', code, count]),
              paint,
            ),
          ].join('\n'),
        )
      }),
  )

/** Over all hours. */
function sums(events: Counters['events']): [string, string, number][] {
  const byBoth = Map.groupBy(events, ({ source, type }) => `${source} ${type}`)
  return [...byBoth.values()].flatMap((ones) => {
    const [first] = ones
    return first === undefined
      ? []
      : [
          [first.source, first.type, ones.reduce((sum, { count }) => sum + count, 0)] as [
            string,
            string,
            number,
          ],
        ]
  })
}
