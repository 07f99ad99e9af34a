/** The verbs that change the versions of a secret. */
import type { AnswerOf } from '../../api/route.ts'
import { type Cli, type ShownOptions, because, changing } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { durationSeconds, wholeNumber } from '../options.ts'
import { unreachedLines } from '../out/unreached-guards.ts'
import { confirmed, secretInput, secretValueIn } from '../secret-input.ts'
import { Stop, UsageError } from '../stop.ts'
import { SLOT, type SecretOwner, VERSION, VERSIONS_MAX } from './owner.ts'

type Changed = AnswerOf<SecretOwner['routes']['rotate']>

/** @param rest of the example, after the slot */
const ofSlot = (owner: SecretOwner, verb: string, summary: string, rest: string) =>
  changing(verb, summary, [owner.command, verb, ...owner.example, rest].join(' '))
    .argument(...owner.argument)
    .argument(...SLOT)

const ofVersion = (...described: Parameters<typeof ofSlot>) =>
  ofSlot(...described).argument(...VERSION, wholeNumber(1, VERSIONS_MAX))

export const rotate = (owner: SecretOwner) => (cli: Cli) =>
  ofSlot(
    owner,
    'rotate',
    `A new version of a secret. The old ones ${owner.goOn} for the grace period. A value that Postern generates is fetched once, by a link.`,
    '--stdin --grace 24h',
  )
    .option('--stdin', 'you bring the value: it is typed unseen, or read from standard input')
    .option(
      '--grace <TIME>',
      `how long the old ones ${owner.goOn}: 0s, 24h, 7d. Of a value that waits to be fetched by its link: the default`,
      durationSeconds,
    )
    .option('--emergency', 'it has leaked: the old ones end at once; needs --reason')
    .option('--force', `also if no secret would be left ${owner.purpose}; needs --reason`)
    .option('--link-for <TIME>', 'how long the link can be used', durationSeconds)
    .option(...TAKE)
    .option('--yes', 'do not ask before --emergency or --grace 0s')
    .action(async (of, slot, options) => {
      const { io, end } = cli
      if (options.take === true && options.stdin === true)
        throw new UsageError('--take is for a value that Postern generates: leave out --stdin.')
      const isEmergency = options.emergency === true
      const endsAtOnce = isEmergency || options.grace === 0
      const question = owner.question(`every present value of ${of}/${slot}`)
      if (endsAtOnce && options.yes !== true && !(await confirmed(io, question))) return end('no')
      const api = await cli.api(options)
      if (options.stdin === true)
        for (const line of (await owner.hintOf?.(api, of, slot)) ?? []) io.terminal.note(line)
      const value = options.stdin === true ? secretValueIn(await secretInput(io, 'New value: ')) : undefined
      const changed: Changed = await api.call(owner.routes.rotate, {
        params: { name: of, slot },
        body: {
          value,
          grace_seconds: options.grace,
          link_seconds: options.linkFor,
          emergency: isEmergency,
          force: options.force === true,
        },
        ...because(options),
      })
      if (options.take !== true) return report(cli, options, `${of}/${slot}`, changed)
      await printValue(cli, api, options, changed)
    })

export const activate = (owner: SecretOwner) => (cli: Cli) =>
  ofVersion(owner, 'activate', 'Makes a pending or retiring version of a secret the active one.', '3')
    .option('--grace <TIME>', `how long the others ${owner.goOn}: 0s, 24h, 7d`, durationSeconds)
    .option('--yes', 'do not ask before --grace 0s')
    .action(async (of, slot, version, options) => {
      const question = owner.question(`every other value of ${of}/${slot}`)
      const isAsked = options.grace === 0 && options.yes !== true
      if (isAsked && !(await confirmed(cli.io, question))) return cli.end('no')
      const call = {
        params: { name: of, slot, version },
        body: { grace_seconds: options.grace },
        ...because(options),
      }
      const changed: Changed = await (await cli.api(options)).call(owner.routes.activate, call)
      report(cli, options, `${of}/${slot}`, changed)
    })

export const revoke = (owner: SecretOwner) => (cli: Cli) =>
  ofVersion(
    owner,
    'revoke',
    `Ends a version of a secret: ${owner.ends}, and its value is deleted.`,
    '2 --yes --reason "laptop lost"',
  )
    .option('--force', `also if no secret would be left ${owner.purpose}; needs --reason`)
    .option('--yes', 'do not ask')
    .action(async (of, slot, version, options) => {
      const question = owner.question(`${of}/${slot}/${version}`)
      if (options.yes !== true && !(await confirmed(cli.io, question))) return cli.end('no')
      const call = {
        params: { name: of, slot, version },
        body: { force: options.force === true },
        ...because(options),
      }
      const changed: Changed = await (await cli.api(options)).call(owner.routes.revoke, call)
      report(cli, options, `${of}/${slot}`, changed)
    })

export const link = (owner: SecretOwner) => (cli: Cli) =>
  ofVersion(
    owner,
    'link',
    'Another link to fetch a generated value that is still pending. The link before it ends.',
    '3 --take > secret.txt',
  )
    .option('--link-for <TIME>', 'how long the link can be used', durationSeconds)
    .option(...TAKE)
    .action(async (of, slot, version, options) => {
      const api = await cli.api(options)
      const call = {
        params: { name: of, slot, version },
        body: { link_seconds: options.linkFor },
        ...because(options),
      }
      const changed: Changed = await api.call(owner.routes.link, call)
      if (options.take !== true) return report(cli, options, `${of}/${slot}`, changed)
      await printValue(cli, api, options, changed)
    })

const TAKE = [
  '--take',
  'use the link at once and print the value alone, for a pipe: it is active from then on',
] as const

/** Prints the value behind the new link: a text, or a JSON object of its fields. @throws {Stop} if the console made none */
async function printValue(cli: Cli, api: Api, options: ShownOptions, { link: made }: Changed): Promise<void> {
  if (made === null) throw new Stop('failed', 'answer_malformed', 'The console sent no link.')
  const { pathname, searchParams } = new URL(made.url)
  const { values } = await api.post<{ values: readonly { name: string; value: string }[] }>(
    pathname,
    new URLSearchParams({ link: searchParams.get('link') ?? '' }),
    { headers: { origin: api.url.origin }, once: true },
  )
  const named = Object.fromEntries(values.map(({ name, value }) => [name, value]))
  const [only, ...more] = values
  cli.show(options, named, () => (only === undefined || more.length > 0 ? JSON.stringify(named) : only.value))
}

const report = ({ show }: Cli, options: ShownOptions, slot: string, changed: Changed): void =>
  show(options, changed, () => {
    const { version, state, link: fetched } = changed
    const { esp, unreached_guards } = 'source' in changed ? changed : { esp: null, unreached_guards: [] }
    return [
      version === null ? `All versions of ${slot} are revoked.` : `${slot}/${version} is ${state ?? 'gone'}.`,
      ...(fetched === null ? [] : [`To fetch the value, once, until ${fetched.ends_at}: ${fetched.url}`]),
      ...(esp === null || esp.has_it
        ? []
        : [`The ESP has not taken it yet: ${esp.problem ?? 'being attempted'}.`]),
      ...unreachedLines({ unreached_guards }),
    ].join('\n')
  })
