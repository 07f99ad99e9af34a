/** `postern counters`: how many events were stored, and how many deliveries were refused. */
import { type AnswerOf } from '../../api/route.ts'
import { counterRoutes } from '../../api/counters.ts'
import { type Paint, noun } from '../command.ts'
import { timeOf } from '../options.ts'
import { table } from '../out/table.ts'
import { request } from '../request.ts'

type Counters = AnswerOf<typeof counterRoutes.getCounters>

/** Over all hours. */
function sums(events: Counters['events']) {
  const byBoth = Map.groupBy(events, ({ source, type }) => `${source} ${type}`)
  return [...byBoth.values()].map((ones) => ({
    source: ones[0]?.source,
    type: ones[0]?.type,
    count: ones.reduce((sum, { count }) => sum + count, 0),
  }))
}

const words = ({ since, events, refusals }: Counters, paint: Paint): string =>
  [
    paint('dim', `since ${since}`),
    table(['source', 'type', 'count'], sums(events), paint),
    '',
    table([['source', ({ source }) => source ?? 'unknown'], 'code', 'count', 'last_at'], refusals, paint),
  ].join('\n')

export const counters = noun(
  request({
    name: 'show',
    summary: 'Sums since a time; default: the last day.',
    example: 'postern counters show --source shop',
    route: counterRoutes.getCounters,
    query: {
      source: ['--source <NAME>', 'only of this source'],
      since: ['--since <TIME>', 'from the hour of this time on: RFC 3339, or 7d for the last week', timeOf],
    },
    words,
  }),
)
