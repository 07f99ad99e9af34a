/** `postern sources`: what may send, and where to. */
import { type Source, sourceRoutes } from '../../api/sources.ts'
import { type Cli, because, changing, noun } from '../command.ts'
import { documentIn } from '../input-file.ts'
import { fields } from '../out/table.ts'
import { unreachedLines } from '../out/unreached-guards.ts'
import { list, request } from '../request.ts'
import { containSource } from './containments.ts'

const put = ({ api, io, show: print }: Cli) =>
  changing('put', 'Creates or replaces a source by its document.', 'postern sources put shop shop.json')
    .argument('<NAME>', 'the name of the source, as in its URL')
    .argument('<FILE|->', 'its document as JSON, as for PUT /api/sources; - is standard input')
    .option('--if-version <N>', 'only if the source is still at this version; 0: only if there is none')
    .action(async (name, file, options) => {
      const body = await documentIn(file, io)
      const call = { params: { name }, body, ...because(options) }
      const source = await (await api(options)).call(sourceRoutes.putSource, call)
      print(options, source, () =>
        [
          `${name} is at version ${source.version}: ${source.webhook_url}`,
          ...closedLines(source),
          ...unreachedLines(source),
        ].join('\n'),
      )
    })

function secretsIn({ secrets, refuses_everything: closed }: Source): string {
  const slots = Object.entries(secrets).map(([slot, count]) => (count === 1 ? slot : `${slot} ×${count}`))
  const shown = slots.length === 0 ? 'none' : slots.join(', ')
  return closed === null ? shown : `${shown}: refuses everything`
}

const closedLines = ({ refuses_everything: closed }: Source): string[] =>
  closed === null ? [] : [closed.explanation, closed.remedy]

function settingsOf(source: Source): [string, string][] {
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

const NAME = ['<NAME>', 'the name of the source'] as const

export const sources = noun(
  'sources',
  'What may send, and where to.',
  list({
    summary: 'All sources, by name.',
    example: 'postern sources list',
    route: sourceRoutes.listSources,
    columns: {
      NAME: 'name',
      PROVIDER: 'provider',
      LEVEL: 'level',
      SECRETS: secretsIn,
      CHANGED: 'updated_at',
      'WEBHOOK URL': 'webhook_url',
    },
  }),
  request({
    name: 'show',
    summary: 'One source with all its settings; never a secret.',
    example: 'postern sources show shop',
    route: sourceRoutes.getSource,
    arguments: [NAME],
    words: (source, paint) => fields(settingsOf(source), paint),
  }),
  put,
  request({
    name: 'remove',
    summary: 'Removes a source: the next delivery to its URL is refused. Its events stay.',
    example: 'postern sources remove shop --reason "moved to another ESP"',
    route: sourceRoutes.deleteSource,
    arguments: [NAME],
    question: (name) => `Remove the source ${name}?`,
    words: (removed, _paint, name) => [`${name} is removed.`, ...unreachedLines(removed)].join('\n'),
  }),
  containSource,
)
