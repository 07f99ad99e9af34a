/** `postern people erase`: erases a person, or all people of a file, after it has shown what would go. */
import type { ErasureAnswer, ErasurePlan } from '../../api/erasures.ts'
import { peopleRoutes } from '../../api/people.ts'
import { type Cli, type MakeCommand, type Paint, because, changing } from '../command.ts'
import type { Api, More } from '../connection/api.ts'
import { progress } from '../out/progress.ts'
import { fields } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'
import { Stop, UsageError } from '../stop.ts'
import { certificateFile, remainsWords } from './certificate.ts'
import { addressesIn } from './requests.ts'
import { writePrivate } from './write-private.ts'

type Finished = Extract<ErasureAnswer, { readonly state: 'finished' }>

/** One of the people, when it is over. The address is of the person who asks, and of this terminal alone. */
type Outcome =
  | {
      readonly address: string
      readonly number: number
      readonly certificate: string
      readonly file?: string
    }
  | { readonly address: string; readonly problem: string }

export const erase: MakeCommand = (cli) =>
  changing(
    'erase',
    'Erases a person everywhere, or all people of a CSV, after it has shown what would go. Needs --reason.',
    'postern people erase ada@example.com --keep-suppression --reason "request 4711" --plan',
  )
    .argument('[ADDRESS]', 'bare or as "Name <name@domain>", in upper or lower case')
    .option('--file <CSV|->', 'addresses, one a line, or of the column address or email; - is standard input')
    .option('--keep-suppression', 'keep a keyed hash, so that nobody writes to the address again')
    .option('--plan', 'only show what would go')
    .option(
      '--out <FILE>',
      'write the certificate into this file; with --file, certificates into this folder',
    )
    .option('--yes', 'do not ask')
    .action(async (address, options) => {
      if ((address === undefined) === (options.file === undefined))
        throw new UsageError('Name an address, or a file of addresses with --file.')
      if (options.reason === undefined && options.plan !== true)
        throw new UsageError(
          'Say with --reason why: it is kept in the audit log. --plan shows what would go.',
        )
      const addresses = address === undefined ? await addressesIn(options.file ?? '', cli.io) : [address]
      const api = await cli.api(options)
      const asked = { keep_suppression: options.keepSuppression === true }
      const plan = summed(await plansOf(cli, api, addresses, asked))
      if (options.plan === true)
        return cli.show(options, { people: addresses.length, ...plan }, () => planWords(plan, cli.paint))

      if (options.json !== true) cli.io.print(planWords(plan, cli.paint))
      const whom = addresses.length === 1 ? 'this person' : `these ${addresses.length} people`
      if (options.yes !== true && !(await confirmed(cli.io, `Erase ${whom}? Nothing brings it back.`)))
        return cli.end('no')
      const outcomes: Outcome[] = []
      const seen = progress(cli.io.terminal, 'Erased')
      for (const one of addresses) {
        const erasing = eraseOne(cli, api, one, asked, because(options), (number) =>
          options.file === undefined || options.out === undefined
            ? options.out
            : `${options.out}/erasure-${number}.json`,
        )
        outcomes.push(await (options.file === undefined ? erasing : erasing.catch(problemOf(one))))
        seen.at(outcomes.length, ` of ${addresses.length}`)
      }
      seen.done()
      cli.show(options, { erasures: outcomes }, () => outcomes.map(outcomeWords).join('\n'))
      if (outcomes.some((one) => 'problem' in one)) cli.end('no')
    })

interface Asked {
  readonly keep_suppression: boolean
}

async function plansOf(
  { io }: Cli,
  api: Api,
  addresses: readonly string[],
  asked: Asked,
): Promise<ErasurePlan[]> {
  const plans: ErasurePlan[] = []
  const seen = progress(io.terminal, 'Looked for')
  for (const address of addresses) {
    const found = await api.call(peopleRoutes.erasePerson, {
      body: { address, ...asked, plan: true },
      ...SLOW,
    })
    if (found.state === 'planned') plans.push(found)
    seen.at(plans.length, ` of ${addresses.length}`)
  }
  seen.done()
  return plans
}

/** A call works for some 20 s. */
const SLOW = { deadlineMs: 60_000 } as const

const AGAIN_MS = 5_000
/** Ten minutes, with the time of the calls. */
const TRIES_MAX = 24

/** The same request again goes on with an erasure that is not finished. */
async function erased(cli: Cli, api: Api, address: string, asked: Asked, more: More): Promise<Finished> {
  for (let tries = 1; ; tries++) {
    const answer = await api.call(peopleRoutes.erasePerson, { body: { address, ...asked }, ...more, ...SLOW })
    if (answer.state === 'finished') return answer
    if (answer.state === 'planned' || tries === TRIES_MAX)
      throw new Stop(
        'failed',
        'erasure_running',
        'The erasure is not finished. It goes on by itself.',
        'number' in answer ? [`To see whether it is: postern people certificate ${answer.number}`] : [],
      )
    await cli.io.sleep(AGAIN_MS)
  }
}

/** @param fileOf where the certificate is to be written, if at all */
async function eraseOne(
  cli: Cli,
  api: Api,
  address: string,
  asked: Asked,
  more: More,
  fileOf: (number: number) => string | undefined,
): Promise<Outcome> {
  const { number, certificate } = await erased(cli, api, address, asked, more)
  const file = fileOf(number)
  if (file === undefined) return { address, number, certificate }
  await writePrivate(file, await certificateFile(api, certificate))
  return { address, number, certificate, file }
}

/** Of many people, one who cannot be erased keeps none of the others. */
const problemOf =
  (address: string) =>
  (cause: unknown): Outcome => {
    if (!(cause instanceof Stop)) throw cause
    return { address, problem: cause.message }
  }

function outcomeWords(one: Outcome): string {
  if ('problem' in one) return `${one.address}: not erased. ${one.problem}`
  const where = one.file ?? `postern people certificate ${one.number} --out FILE`
  return `${one.address}: erased. Certificate ${one.number}: ${where}`
}

type Place = ErasurePlan['places'][number]

/** One plan for all of them. */
function summed(plans: readonly ErasurePlan[]): ErasurePlan {
  const places = Map.groupBy(
    plans.flatMap((plan) => plan.places),
    ({ place }) => place,
  )
  return {
    state: 'planned',
    places: [...places.values()].flatMap((some) => {
      const [first] = some
      if (first === undefined) return []
      const others = sumOf(some.map((one) => one.others ?? null))
      const count = sumOf(some.map((one) => one.count))
      return [{ ...first, count, ...(others === null ? {} : { others }) }]
    }),
    filters: [...new Set(plans.flatMap(({ filters }) => filters))],
    remains: plans[0]?.remains ?? [],
  }
}

const sumOf = (counts: readonly (number | null)[]): number | null =>
  counts.reduce((sum, count) => (count === null ? sum : (sum ?? 0) + count), null)

const placeWords = ({ what, count, others }: Place): string =>
  [
    count === null ? '' : `${count}.`,
    what,
    others === undefined || others === 0 ? '' : `${others} of them name others too.`,
  ]
    .filter((part) => part !== '')
    .join(' ')

const planWords = ({ places, filters, remains }: ErasurePlan, paint: Paint): string =>
  [
    fields(
      places.map((one) => [one.place, placeWords(one)] as const),
      paint,
    ),
    '',
    ...remainsWords(remains, paint),
    '',
    ...filters.map((name) => `The filter of destination ${name} names the person. Change it yourself.`),
  ]
    .join('\n')
    .trimEnd()
