/** `postern people erase`: erases a person, or all people of a file, after it has shown what would go. */
import { mkdir } from 'node:fs/promises'
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

/** Result for one person. The address comes from the caller and is shown on this terminal only. */
type Outcome =
  | {
      readonly address: string
      readonly number: number
      readonly certificate: string
      readonly file?: string
      /** Why the file could not be written. */
      readonly problem?: string
    }
  | { readonly address: string; readonly problem: string }

export const erase: MakeCommand = (cli) =>
  changing(
    'erase',
    'Erases a person everywhere, or all people of a CSV, after it has shown what would go. Needs --reason.',
    'postern people erase ada@example.com --reason "request 4711" --plan',
  )
    .argument('[ADDRESS]', 'bare or as "Name <name@domain>", in upper or lower case')
    .option('--file <CSV|->', 'addresses, one a line, or of the column address or email; - is standard input')
    .option(
      '--forget-suppression',
      'forget the suppression as well; else a keyed hash stays, so that nobody writes to the address again',
    )
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
      const asked = { keep_suppression: options.forgetSuppression !== true }
      const more = because(options)
      const { plans, held } = await plansOf(cli, api, addresses, asked, more, options.file !== undefined)
      const plan = summed(plans)
      if (options.plan === true)
        return cli.show(options, { people: addresses.length, held, ...plan }, () =>
          [...held.map(outcomeWords), planWords(plan, cli.paint)].join('\n'),
        )

      if (options.json !== true)
        cli.io.print([...held.map(outcomeWords), planWords(plan, cli.paint)].join('\n'))
      const toErase = addresses.filter((one) => !held.some(({ address }) => address === one))
      if (toErase.length === 0) return cli.end('no')
      const whom = toErase.length === 1 ? 'this person' : `these ${toErase.length} people`
      if (options.yes !== true && !(await confirmed(cli.io, `Erase ${whom}? Nothing brings it back.`)))
        return cli.end('no')
      if (options.file !== undefined && options.out !== undefined) await makeFolder(options.out)
      const outcomes: Outcome[] = [...held]
      const seen = progress(cli.io.terminal, 'Erased')
      for (const one of toErase) {
        const erasing = eraseOne(cli, api, one, asked, more, (number) =>
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

interface Planned {
  readonly plans: readonly ErasurePlan[]
  /** Not planned, since a hold of retention names them. */
  readonly held: readonly { readonly address: string; readonly problem: string }[]
}

/** @param areMany whether the others are still planned if one person is held */
async function plansOf(
  { io }: Cli,
  api: Api,
  addresses: readonly string[],
  asked: Asked,
  more: More,
  areMany: boolean,
): Promise<Planned> {
  const plans: ErasurePlan[] = []
  const held: { readonly address: string; readonly problem: string }[] = []
  const seen = progress(io.terminal, 'Looked for')
  for (const address of addresses) {
    try {
      const body = { address, ...asked, plan: true }
      const found = await api.call(peopleRoutes.erasePerson, { body, ...more, ...SLOW })
      if (found.state === 'planned') plans.push(found)
    } catch (cause) {
      if (!areMany || !(cause instanceof Stop) || cause.code !== 'person_held') throw cause
      held.push({ address, problem: cause.message })
    }
    seen.at(plans.length + held.length, ` of ${addresses.length}`)
  }
  seen.done()
  return { plans, held }
}

/** Before anybody is erased: afterwards it would be too late to say that it cannot be made. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(() => {
    throw new UsageError(`Nobody was erased: the folder ${path} cannot be made.`)
  })
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
  const done = { address, number, certificate }
  if (file === undefined) return done
  try {
    await writePrivate(file, await certificateFile(api, certificate))
    return { ...done, file }
  } catch (cause) {
    if (!(cause instanceof Stop)) throw cause
    return { ...done, problem: cause.message }
  }
}

/** If one of many people cannot be erased, the others still are. */
const problemOf =
  (address: string) =>
  (cause: unknown): Outcome => {
    if (!(cause instanceof Stop)) throw cause
    return { address, problem: cause.message }
  }

function outcomeWords(one: Outcome): string {
  if (!('number' in one)) return `${one.address}: not erased. ${one.problem}`
  const { address, number, file = `postern people certificate ${number} --out FILE`, problem } = one
  return [`${address}: erased. Certificate ${number}: ${file}`, problem].filter(Boolean).join('. ')
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
    others === undefined || others === 0 ? '' : `${others} of them may name others too.`,
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
