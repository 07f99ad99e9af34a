/** `postern sources`: what may send, and where to. */
import { type Cli, type MakeCommand, because, changing, noun, remote } from '../command.ts'
import { bytesOf } from '../input-file.ts'
import { objectFrom } from '../json.ts'
import { fields, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

interface SecretVersion {
  readonly slot: string
  readonly version: number
  readonly state: string
  /** SHA-256 of public material. */
  readonly fingerprint: string | null
}

export interface SourceAnswer {
  readonly name: string
  readonly version: number
  readonly webhook_url: string
  readonly created_at: string
  readonly updated_at: string
  readonly provider: string
  readonly level: string
  readonly secrets: Readonly<Record<string, number>>
  readonly secret_versions: readonly SecretVersion[]
  /** Null if the source can verify deliveries. */
  readonly refuses_everything: RefusesEverything | null
  readonly unreached_guards?: readonly Unreached[]
}

export interface RefusesEverything {
  readonly explanation: string
  readonly remedy: string
}

interface Unreached {
  readonly guard: string
  readonly old_value_may_live_seconds: number
}

export const sources: MakeCommand = (cli) =>
  noun('sources', 'What may send, and where to.', list(cli), show(cli), put(cli), remove(cli))

const list = ({ api, show: print, paint }: Cli) =>
  remote('list', 'All sources, by name.', 'postern sources list').action(async (options) => {
    const rows = await (await api(options)).list<SourceAnswer>('/api/sources', 'sources', {}, null)
    print(options, { sources: rows }, () =>
      table(
        ['NAME', 'PROVIDER', 'LEVEL', 'SECRETS', 'CHANGED', 'WEBHOOK URL'],
        rows.map((source) => [
          source.name,
          source.provider,
          source.level,
          secretsIn(source),
          source.updated_at,
          source.webhook_url,
        ]),
        paint,
      ),
    )
  })

const show = ({ api, show: print, paint }: Cli) =>
  remote('show', 'One source with all its settings; never a secret.', 'postern sources show shop')
    .argument('<NAME>', 'the name of the source')
    .action(async (name, options) => {
      const source = await (await api(options)).get<SourceAnswer>(sourcePath(name))
      print(options, source, () => fields(settingsOf(source), paint))
    })

const put = ({ api, io, show: print }: Cli) =>
  changing('put', 'Creates or replaces a source by its document.', 'postern sources put shop shop.json')
    .argument('<NAME>', 'the name of the source, as in its URL')
    .argument('<FILE|->', 'its document as JSON, as for PUT /api/sources; - is standard input')
    .option('--if-version <N>', 'only if the source is still at this version; 0: only if there is none')
    .action(async (name, file, options) => {
      const document = objectFrom(new TextDecoder().decode(await bytesOf(file, io)), 'The document')
      const { headers } = because(options)
      const api_ = await api(options)
      const source = await api_.put<SourceAnswer>(sourcePath(name), document, {
        headers: { ...headers, ...onlyAt(options.ifVersion) },
      })
      print(options, source, () =>
        [
          `${name} is at version ${source.version}: ${source.webhook_url}`,
          ...closedLines(source),
          ...unreachedLines(source),
        ].join('\n'),
      )
    })

const remove = ({ api, io, show: print, end }: Cli) =>
  changing(
    'remove',
    'Removes a source: the next delivery to its URL is refused. Its events stay.',
    'postern sources remove shop --reason "moved to another ESP"',
  )
    .argument('<NAME>', 'the name of the source')
    .option('--yes', 'do not ask')
    .action(async (name, options) => {
      if (options.yes !== true && !(await confirmed(io, `Remove the source ${name}?`))) return end('no')
      const removed = await (
        await api(options)
      ).remove<{ unreached_guards: readonly Unreached[] }>(sourcePath(name), because(options))
      print(options, removed, () => [`${name} is removed.`, ...unreachedLines(removed)].join('\n'))
    })

export const sourcePath = (name: string): string => `/api/sources/${encodeURIComponent(name)}`

/** RFC 9110: an entity tag of a source is its version. */
export const onlyAt = (version: string | undefined): Record<string, string> => {
  if (version === undefined) return {}
  return version === '0' ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` }
}

function secretsIn({ secrets, refuses_everything: closed }: SourceAnswer): string {
  const slots = Object.entries(secrets).map(([slot, count]) => (count === 1 ? slot : `${slot} ×${count}`))
  const shown = slots.length === 0 ? 'none' : slots.join(', ')
  return closed === null ? shown : `${shown}: refuses everything`
}

const closedLines = ({ refuses_everything: closed }: SourceAnswer): string[] =>
  closed === null ? [] : [closed.explanation, closed.remedy]

function settingsOf(source: SourceAnswer): [string, string][] {
  const { secrets: _counts, secret_versions: versions, refuses_everything: closed, ...settings } = source
  return [
    ...(closed === null
      ? []
      : [
          ['refuses everything', closed.explanation] as [string, string],
          ['to do', closed.remedy] as [string, string],
        ]),
    ...Object.entries(settings).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
    ...versions.map(({ slot, version, state, fingerprint }): [string, string] => [
      `secret ${slot}/${version}`,
      fingerprint === null ? state : `${state}, SHA-256 ${fingerprint}`,
    ]),
  ]
}

export const unreachedLines = ({
  unreached_guards: guards = [],
}: {
  readonly unreached_guards?: readonly Unreached[]
}): string[] =>
  guards.map(
    ({ guard, old_value_may_live_seconds: seconds }) =>
      `One guard was not reached: ${guard} may use the old value for ${seconds} s more.`,
  )
