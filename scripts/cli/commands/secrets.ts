/** `postern secrets`: versions of a source's secrets, and how they end. */
import { type Cli, type MakeCommand, because, changing, noun, remote } from '../command.ts'
import { durationSeconds, wholeNumber } from '../options.ts'
import { table } from '../out/table.ts'
import { confirmed, secretInput } from '../secret-input.ts'
import { type SourceAnswer, sourcePath, unreachedLines } from './sources.ts'

interface Version {
  readonly slot: string
  readonly version: number
  readonly state: string
  readonly origin: string
  readonly created_at: string
  readonly accepted_until: string | null
  /** SHA-256 of public material. */
  readonly fingerprint: string | null
}

interface Rotation {
  readonly slot: string
  readonly state: string
  readonly made_here: boolean
  readonly due_at: string | null
}

interface Listed extends SourceAnswer {
  readonly secret_versions: readonly Version[]
  readonly rotations: readonly Rotation[]
}

interface Changed {
  readonly source: string
  readonly slot: string
  readonly version: number | null
  readonly state: string | null
  readonly link: { readonly url: string; readonly ends_at: string } | null
  readonly esp: { readonly has_it: boolean; readonly problem: string | null } | null
  readonly unreached_guards: SourceAnswer['unreached_guards']
}

export const secrets: MakeCommand = (cli) =>
  noun(
    'secrets',
    "Versions of a source's secrets, and how they end.",
    list(cli),
    rotate(cli),
    activate(cli),
    revoke(cli),
    link(cli),
  )

const SOURCE = ['<SOURCE>', 'the name of the source'] as const
const SLOT = ['<SLOT>', 'the slot, as in the source document: signing_key'] as const
const VERSION = ['<VERSION>', 'the number of the version, as in the list'] as const
const VERSIONS_MAX = 999_999_999

const list = ({ api, show, paint }: Cli) =>
  remote('list', 'All versions of the secrets of a source; never a value.', 'postern secrets list shop')
    .argument(...SOURCE)
    .action(async (name, options) => {
      const { secret_versions: versions, rotations } = await (
        await api(options)
      ).get<Listed>(sourcePath(name))
      const rotationOf = (slot: string) => rotations.find((one) => one.slot === slot)
      show(options, { secret_versions: versions, rotations }, () =>
        table(
          ['SLOT', 'VERSION', 'STATE', 'MADE BY', 'CREATED', 'ACCEPTED UNTIL', 'NEXT DUE', 'SHA-256'],
          versions.map((one) => [
            one.slot,
            one.version,
            one.state,
            one.origin,
            one.created_at,
            one.accepted_until,
            one.state === 'active' ? rotationOf(one.slot)?.due_at : null,
            one.fingerprint,
          ]),
          paint,
        ),
      )
    })

const rotate = (cli: Cli) =>
  changing(
    'rotate',
    'A new version of a secret. The old ones are accepted for the grace period. A value that Postern generates is fetched once, by a link.',
    'postern secrets rotate shop signing_key --stdin --grace 24h',
  )
    .argument(...SOURCE)
    .argument(...SLOT)
    .option('--stdin', 'the ESP has made the new value: it is typed unseen, or read from standard input')
    .option(
      '--grace <TIME>',
      'how long the old ones are accepted: 0s, 24h, 7d; else what the source says',
      durationSeconds,
    )
    .option(
      '--emergency',
      'it has leaked: the old ones are refused on the very next delivery; needs --reason',
    )
    .option('--force', 'also if no secret would be left to verify deliveries; needs --reason')
    .option('--link-for <TIME>', 'how long the link can be used', durationSeconds)
    .option('--yes', 'do not ask before --emergency or --grace 0s')
    .action(async (source, slot, options) => {
      const { io, end, api } = cli
      const isEmergency = options.emergency === true
      const endsAtOnce = isEmergency || options.grace === 0
      const question = `Refuse every present value of ${source}/${slot} from now on?`
      if (endsAtOnce && options.yes !== true && !(await confirmed(io, question))) return end('no')
      const value = options.stdin === true ? valueIn(await secretInput(io, 'New value: ')) : undefined
      const changed = await (
        await api(options)
      ).post<Changed>(
        `${slotPath(source, slot)}/rotate`,
        {
          ...(value === undefined ? {} : { value }),
          ...(options.grace === undefined ? {} : { grace_seconds: options.grace }),
          ...(options.linkFor === undefined ? {} : { link_seconds: options.linkFor }),
          emergency: isEmergency,
          force: options.force === true,
        },
        because(options),
      )
      report(cli, options, changed)
    })

const activate = (cli: Cli) =>
  changing(
    'activate',
    'Makes a pending or retiring version the active one.',
    'postern secrets activate shop hmac 3',
  )
    .argument(...SOURCE)
    .argument(...SLOT)
    .argument(...VERSION, wholeNumber(1, VERSIONS_MAX))
    .option('--grace <TIME>', 'how long the others are accepted: 0s, 24h, 7d', durationSeconds)
    .option('--yes', 'do not ask before --grace 0s')
    .action(async (source, slot, version, options) => {
      const question = `Refuse every other value of ${source}/${slot} from now on?`
      const isAsked = options.grace === 0 && options.yes !== true
      if (isAsked && !(await confirmed(cli.io, question))) return cli.end('no')
      const body = options.grace === undefined ? {} : { grace_seconds: options.grace }
      const path = `${slotPath(source, slot)}/${version}/activate`
      report(cli, options, await (await cli.api(options)).post<Changed>(path, body, because(options)))
    })

const revoke = (cli: Cli) =>
  changing(
    'revoke',
    'Ends a version: the next delivery under it is refused, and its value is deleted.',
    'postern secrets revoke shop hmac 2 --yes --reason "laptop lost"',
  )
    .argument(...SOURCE)
    .argument(...SLOT)
    .argument(...VERSION, wholeNumber(1, VERSIONS_MAX))
    .option('--force', 'also if no secret would be left to verify deliveries; needs --reason')
    .option('--yes', 'do not ask')
    .action(async (source, slot, version, options) => {
      const question = `Refuse ${source}/${slot}/${version} from now on?`
      if (options.yes !== true && !(await confirmed(cli.io, question))) return cli.end('no')
      const path = `${slotPath(source, slot)}/${version}/revoke`
      const body = { force: options.force === true }
      report(cli, options, await (await cli.api(options)).post<Changed>(path, body, because(options)))
    })

const link = (cli: Cli) =>
  changing(
    'link',
    'Another link to fetch a generated value that is still pending. The link before it ends.',
    'postern secrets link shop hmac 3',
  )
    .argument(...SOURCE)
    .argument(...SLOT)
    .argument(...VERSION, wholeNumber(1, VERSIONS_MAX))
    .option('--link-for <TIME>', 'how long the link can be used', durationSeconds)
    .action(async (source, slot, version, options) => {
      const body = options.linkFor === undefined ? {} : { link_seconds: options.linkFor }
      const path = `${slotPath(source, slot)}/${version}/link`
      report(cli, options, await (await cli.api(options)).post<Changed>(path, body, because(options)))
    })

const slotPath = (source: string, slot: string): string =>
  `${sourcePath(source)}/secrets/${encodeURIComponent(slot)}`

/** Secrets with several fields are typed as JSON; no other secret begins with a brace. */
function valueIn(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const report = ({ show }: Cli, options: { readonly json?: true | undefined }, changed: Changed): void =>
  show(options, changed, () => {
    const { source, slot, version, state, link: fetched, esp } = changed
    return [
      version === null
        ? `All versions of ${source}/${slot} are revoked.`
        : `${source}/${slot}/${version} is ${state ?? 'gone'}.`,
      ...(fetched === null ? [] : [`To fetch the value, once, until ${fetched.ends_at}: ${fetched.url}`]),
      ...(esp === null || esp.has_it
        ? []
        : [`The ESP has not taken it yet: ${esp.problem ?? 'being attempted'}.`]),
      ...unreachedLines({ unreached_guards: changed.unreached_guards ?? [] }),
    ].join('\n')
  })
