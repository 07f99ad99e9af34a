/** `postern incidents contain`, `lift` and `containments`: what is blocked, paused, raised or rotated for a time. */
import { type Containment, containmentRoutes } from '../../api/containments.ts'
import type { AnswerOf } from '../../api/route.ts'
import { type Cli, because, changing } from '../command.ts'
import { durationSeconds, oneOf, wholeNumber } from '../options.ts'
import { unreachedLines } from '../out/unreached-guards.ts'
import { list, request } from '../request.ts'
import { UsageError } from '../stop.ts'

const MEASURES = '--block, --raise-level, --pause or --rotate'

const containing = (summary: string, example: string) =>
  changing('contain', `${summary}: for an hour, if you name no time.`, example)
    .option('--block <NETWORK>', 'refuse deliveries from this address or network')
    .option('--raise-level <LEVEL>', 'raise the level: enhanced, maximum', oneOf('enhanced', 'maximum'))
    .option('--pause', 'refuse all deliveries; the ESP may send them again')
    .option(
      '--rotate <SLOT>',
      'rotate what Postern sets at the ESP; the old versions end at once; needs --reason',
    )
    .option('--for <SECONDS>', 'how long: 3600, or 90s, 15m, 24h', secondsOf)

export const contain = ({ api, show }: Cli) =>
  containing(
    'Contains a source because of an incident',
    'postern incidents contain 17 --block 203.0.113.0/24 --for 3600',
  )
    .argument('<NUMBER>', 'the number of the incident', wholeNumber(1, 999_999_999))
    .option('--source <NAME>', 'which source, if the incident has several')
    .action(async (number, options) => {
      const { source } = options
      const call = { params: { number }, body: { ...measureOf(options), source }, ...because(options) }
      const begun = await (await api(options)).call(containmentRoutes.containIncident, call)
      show(options, begun, () => begunWords(begun))
    })

export const containSource = ({ api, show }: Cli) =>
  containing('Contains a source', 'postern sources contain shop --pause --for 15m')
    .argument('<NAME>', 'the name of the source')
    .action(async (name, options) => {
      const call = { params: { name }, body: measureOf(options), ...because(options) }
      const begun = await (await api(options)).call(containmentRoutes.containSource, call)
      show(options, begun, () => begunWords(begun))
    })

const begunWords = (begun: AnswerOf<typeof containmentRoutes.containSource>): string =>
  [
    `${whatOf(begun)} at ${begun.source}${begun.action === 'rotate' ? '' : ` until ${begun.ends_at}`}.`,
    ...(begun.action === 'rotate' ? [] : [`To lift it: postern incidents lift ${begun.id}`]),
    ...unreachedLines(begun),
  ].join('\n')

export const lift = request({
  name: 'lift',
  summary: 'Ends a containment before its time.',
  example: 'postern incidents lift 6f1c9a52-7a53-4f8e-9f0e-3b6f2c1d4e5a',
  route: containmentRoutes.liftContainment,
  arguments: [['<ID>', 'the id of the containment']],
  words: (lifted) => `Lifted at ${lifted.source}: ${whatOf(lifted)}.`,
})

export const containments = list({
  name: 'containments',
  summary: 'What is contained, and what was, newest first.',
  example: 'postern incidents containments',
  route: containmentRoutes.listContainments,
  query: { source: ['--source <NAME>', 'only of this source'] },
  columns: [
    'id',
    'source',
    ['what', whatOf],
    'started_at',
    ['lifted_at', (one) => one.lifted_at ?? one.ends_at],
    'incident',
    'by',
  ],
  limitMax: 1_000,
})

const secondsOf = (text: string): number =>
  /^\d+$/.test(text) ? wholeNumber(60, 86_400)(text) : durationSeconds(text)

interface Wanted {
  readonly block?: string | undefined
  readonly raiseLevel?: 'enhanced' | 'maximum' | undefined
  readonly pause?: true | undefined
  readonly rotate?: string | undefined
  readonly for?: number | undefined
}

/** @throws {UsageError} for none, or several */
function measureOf({ block, raiseLevel, pause, rotate, for: seconds }: Wanted) {
  const wanted = [
    ...(block === undefined ? [] : [{ action: 'block', network: block, seconds } as const]),
    ...(raiseLevel === undefined ? [] : [{ action: 'raise_level', level: raiseLevel, seconds } as const]),
    ...(pause === undefined ? [] : [{ action: 'pause', seconds } as const]),
    ...(rotate === undefined ? [] : [{ action: 'rotate', slot: rotate } as const]),
  ]
  const [one] = wanted
  if (one === undefined || wanted.length > 1) throw new UsageError(`Name one of ${MEASURES}.`)
  if (rotate !== undefined && seconds !== undefined)
    throw new UsageError('A rotation lasts for no time: leave out --for.')
  return one
}

function whatOf({ action, network, level, slot }: Containment): string {
  if (action === 'block') return `${network} is blocked`
  if (action === 'raise_level') return `the level is ${level}`
  return action === 'pause' ? 'deliveries are paused' : `${slot} is rotated`
}
