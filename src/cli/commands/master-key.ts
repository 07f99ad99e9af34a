/** `postern master-key`: what rests under which version of it, and how all of it comes under the newest. */
import { type ResealStep, type Resting, masterKeyRoutes } from '../../api/master-key.ts'
import { type Cli, type Paint, because, changing, noun } from '../command.ts'
import { progress } from '../out/progress.ts'
import { fields, table } from '../out/table.ts'
import { request } from '../request.ts'

/** Both read many rows. */
const DEADLINE_MS = 120_000

const showWords = (answer: Resting, paint: Paint): string =>
  [
    fields(
      [
        ['seals now', `v${answer.newest}`],
        ['configured', named(answer.versions)],
        ['still needed', named(answer.still_needed) || 'none of the old ones'],
      ],
      paint,
    ),
    '',
    table(
      [
        'what',
        [
          'by_version',
          ({ by_version: counts }) => (counts === null ? 'too many to count' : countsIn(counts)),
        ],
      ],
      answer.resting,
      paint,
    ),
  ].join('\n')

const reseal = ({ api, io, show: print, end }: Cli) =>
  changing(
    'reseal',
    'Seals everything again under the newest version, step by step. If it is interrupted, run it again.',
    'postern master-key reseal --reason "v1 leaves"',
  ).action(async (options) => {
    const remoteApi = await api(options)
    const seen = progress(io.terminal, 'Sealed again')
    const sum = { resealed: 0, broken: 0 }
    let cursor: string | null = null
    do {
      const more = { ...because(options), deadlineMs: DEADLINE_MS }
      const step: ResealStep = await remoteApi.call(masterKeyRoutes.resealStep, { body: { cursor }, ...more })
      sum.resealed += step.resealed
      sum.broken += step.broken
      cursor = step.cursor
      seen.at(sum.resealed)
    } while (cursor !== null)
    seen.done()
    print(
      options,
      sum,
      () => `Sealed again: ${sum.resealed}. Opened by no key, left as they are: ${sum.broken}.`,
    )
    if (sum.broken > 0) end('no')
  })

const named = (versions: readonly number[]): string => versions.map((version) => `v${version}`).join(', ')

const countsIn = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([version, count]) => `v${version}: ${count}`)
    .join(', ')

export const masterKey = noun(
  request({
    name: 'show',
    summary: 'What rests under which version; reads every row, for when a key is changed.',
    example: 'postern master-key show',
    route: masterKeyRoutes.getMasterKey,
    words: showWords,
  }),
  reseal,
)
