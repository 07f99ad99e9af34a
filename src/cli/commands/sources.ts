/** `postern sources`: what may send, and where to. */
import { type Source, sourceRoutes } from '../../api/sources.ts'
import { type WebhookReport, webhookRoutes } from '../../api/webhooks.ts'
import type { AnswerOf } from '../../api/route.ts'
import { SOURCE_SETTINGS } from '../../registry/sources/document.ts'
import { SETUP_MAX_SECONDS } from '../../event/setup-window.ts'
import { concurrently } from '../../platform/concurrently.ts'
import { API_SLOT } from '../../providers/shared/slots.ts'
import { type Cli, because, changing, noun } from '../command.ts'
import { type Documented, put, set } from '../documents.ts'
import { durationSeconds } from '../options.ts'
import { fields } from '../out/table.ts'
import { unreachedLines } from '../out/unreached-guards.ts'
import { list, request } from '../request.ts'
import { confirmed } from '../secret-input.ts'
import { Stop, UsageError } from '../stop.ts'
import { containSource } from './containments.ts'

function secretsIn({ secrets, refuses_everything: closed }: Source): string {
  const slots = Object.entries(secrets).map(([slot, count]) => (count === 1 ? slot : `${slot} ×${count}`))
  const shown = slots.length === 0 ? 'none' : slots.join(', ')
  return closed === null ? shown : `${shown}: refuses everything`
}

const closedLines = ({ refuses_everything: closed }: Source): string[] =>
  closed === null ? [] : [closed.explanation, closed.remedy]

function settingsOf(source: Source): [string, string][] {
  const {
    secrets: _counts,
    secret_versions: versions,
    refuses_everything: closed,
    setup: of,
    ...settings
  } = source
  return [
    ...(closed === null
      ? []
      : [
          ['refuses everything', closed.explanation] as [string, string],
          ['to do', closed.remedy] as [string, string],
        ]),
    ...(of === null ? [] : [['set-up', setupWords(source)] as [string, string]]),
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

const setup = ({ api, show: print }: Cli) =>
  changing(
    'setup',
    'Opens the set-up of a source for an hour at most: the call with which the ESP checks a new webhook is answered.',
    'postern sources setup shop --for 15m',
  )
    .argument('<NAME>', 'the name of the source')
    .option('--for <DURATION>', 'how long: 90s, 15m, 1h', durationSeconds, SETUP_MAX_SECONDS)
    .option('--close', 'closes it before its time')
    .action(async (name, options) => {
      const { for: seconds, close } = options
      if (seconds < 1 || seconds > SETUP_MAX_SECONDS) throw new UsageError('--for takes a duration up to 1h.')
      const call = { params: { name }, ...because(options) }
      const console = await api(options)
      const source =
        close === true
          ? await console.call(sourceRoutes.closeSetup, call)
          : await console.call(sourceRoutes.openSetup, { ...call, body: { for_seconds: seconds } })
      print(options, source, () => [setupWords(source), ...unreachedLines(source)].join('\n'))
    })

/** In words, or nothing if the ESP makes no first call. */
function setupWords({ setup: of }: Source): string {
  if (of === null) return ''
  const { first_call: kind, open, closes_at, verified_at, answered, last_at } = of
  if (verified_at !== null && !open) return `over: a delivery was verified at ${verified_at}`
  const state = open ? `open until ${closes_at}` : 'closed'
  const came =
    answered === null || answered === 0 ? 'none came' : `${answered} answered, the last at ${last_at}`
  return `${state}; first calls (${kind}): ${came}`
}

/** Differences, or that there are none. */
const reportLines = ({
  differences,
  problem,
  webhook,
  checked_at,
  key_can_also: canAlso,
}: WebhookReport): string[] => [
  ...differences.map(({ says }) => `Wrong: ${says}.`),
  ...(problem === null ? [] : [`Not known: ${problem.says}.`]),
  ...(differences.length === 0 && problem === null ? [`All is well, asked at ${checked_at}.`] : []),
  ...(canAlso === null ? [] : [`Note: ${canAlso}.`]),
  ...(webhook === null
    ? []
    : [
        `There: ${webhook.url ?? 'a URL that the ESP does not tell'}, ${webhook.types?.length ?? 'unknown'} event types.`,
      ]),
]

const isWrong = ({ differences, problem }: WebhookReport): boolean =>
  differences.length > 0 || problem !== null

/** One source of a check of all: its report, or why there is none. */
interface Check {
  readonly source: string
  readonly report: WebhookReport | null
  readonly problem: string | null
}

const checkLine = ({ source, report, problem }: Check): string =>
  `${source}: ${report === null ? problem : saidOf(report).join('; ')}`

const saidOf = (report: WebhookReport): string[] => [
  ...(isWrong(report) ? [] : ['all is well']),
  ...report.differences.map(({ says }) => says),
  ...(report.problem === null ? [] : [`not known: ${report.problem.says}`]),
  ...(report.key_can_also === null ? [] : [`note: ${report.key_can_also}`]),
]

/** ESPs that are asked at the same time, so that a slow one does not hold up all others. */
const CHECKS_AT_ONCE = 4

const check = ({ api, show: print, end }: Cli) =>
  changing(
    'check',
    'Asks the ESP whether the webhook of a source, or of each source with a key, is as it should be. Ends with 1 if one is not.',
    'postern sources check',
  )
    .argument('[NAME]', 'only this source')
    .action(async (name, options) => {
      const console = await api(options)
      const ask = (source: string) =>
        console.call(webhookRoutes.checkWebhook, { params: { name: source }, ...because(options) })
      if (name !== undefined) {
        const report = await ask(name)
        print(options, report, () => reportLines(report).join('\n'))
        return isWrong(report) ? end('no') : undefined
      }
      const all = await console.list(sourceRoutes.listSources, {}, null)
      const checks = all.flatMap((one): Check[] =>
        (one.secrets[API_SLOT] ?? 0) > 0 ? [{ source: one.name, report: null, problem: null }] : [],
      )
      await concurrently([...checks.keys()], CHECKS_AT_ONCE, async (i) => {
        const { source = '' } = checks[i] ?? {}
        const answer = await ask(source).catch((cause: unknown) => {
          if (cause instanceof Stop && cause.exit !== 'denied') return cause
          throw cause
        })
        checks[i] =
          answer instanceof Stop
            ? { source, report: null, problem: answer.message }
            : { source, report: answer, problem: null }
        return true
      })
      print(options, { checks }, () =>
        checks.length === 0 ? 'No source has the secret esp_api_token.' : checks.map(checkLine).join('\n'),
      )
      if (checks.some(({ report }) => report === null || isWrong(report))) end('no')
    })

const mend = ({ api, io, show: print, end }: Cli) =>
  changing(
    'mend',
    'Makes the webhook at the ESP right: on, at our URL, with all event types.',
    'postern sources mend shop --plan',
  )
    .argument('<NAME>', 'the name of the source')
    .option('--plan', 'only says what is wrong and would be mended')
    .option('--yes', 'do not ask')
    .action(async (name, options) => {
      const console = await api(options)
      const call = (body: { plan: boolean; of?: string }) =>
        console.call(webhookRoutes.mendWebhook, { params: { name }, body, ...because(options) })
      const planned = await call({ plan: true })
      const words = ({ steps, report }: typeof planned, done: string) =>
        steps.length === 0
          ? reportLines(report).join('\n')
          : steps.map((step) => `${done}: ${step}.`).join('\n')
      if (options.plan === true || planned.steps.length === 0)
        return print(options, planned, () => words(planned, 'To mend'))
      io.terminal.note(words(planned, 'To mend'))
      if (options.yes !== true && !(await confirmed(io, `Mend the webhook of ${name}?`))) return end('no')
      const mended = await call({ plan: false, of: planned.of })
      print(options, mended, () => [words(mended, 'Was wrong'), ...reportLines(mended.report)].join('\n'))
    })

const NAME = ['<NAME>', 'the name of the source'] as const

const DOCUMENT: Documented<AnswerOf<typeof sourceRoutes.putSource>> = {
  noun: 'source',
  argument: NAME,
  routes: { get: sourceRoutes.getSource, put: sourceRoutes.putSource },
  settings: SOURCE_SETTINGS,
  names: ['deployCheck', 'drill'],
  examples: { put: 'shop --provider sendgrid', set: 'shop --rate-per-minute 600 --unset level' },
  words: (source, name) => [
    `${name} is at version ${source.version}: ${source.webhook_url}`,
    ...closedLines(source),
    ...unreachedLines(source),
  ],
}

export const sources = noun(
  list({
    summary: 'All sources, by name.',
    example: 'postern sources list',
    route: sourceRoutes.listSources,
    columns: ['name', 'provider', 'level', ['secrets', secretsIn], 'updated_at', 'webhook_url'],
  }),
  request({
    name: 'show',
    summary: 'One source with all its settings; never a secret.',
    example: 'postern sources show shop',
    route: sourceRoutes.getSource,
    arguments: [NAME],
    words: (source, paint) => fields(settingsOf(source), paint),
  }),
  put(DOCUMENT),
  set(DOCUMENT),
  request({
    name: 'remove',
    summary: 'Removes a source: the next delivery to its URL is refused. Its events stay.',
    example: 'postern sources remove shop --reason "moved to another ESP"',
    route: sourceRoutes.deleteSource,
    arguments: [NAME],
    question: (name) => `Remove the source ${name}?`,
    words: (removed, _paint, name) => [`${name} is removed.`, ...unreachedLines(removed)].join('\n'),
  }),
  setup,
  check,
  mend,
  containSource,
)
