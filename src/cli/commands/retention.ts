/** `postern retention`: for how long each kind of thing is kept, and what goes next. */
import { type RetentionAnswer, type SettingAnswer, retentionRoutes, settingsOf } from '../../api/retention.ts'
import { type Cli, type MakeCommand, type Paint, because, changing, noun } from '../command.ts'
import { documentIn } from '../input-file.ts'
import { visibleText } from '../../platform/visible.ts'
import { fields, table } from '../out/table.ts'
import { request } from '../request.ts'
import { confirmed } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

const show = request({
  name: 'show',
  summary: 'For how long each kind is kept, since when it is kept, what goes tonight, and what is held.',
  example: 'postern retention show',
  route: retentionRoutes.getRetention,
  words: (answer, paint) => words(answer, paint),
})

const set: MakeCommand = (cli) =>
  changing(
    'set',
    'Sets retention to a document, after it has shown what goes tonight. A kind that it does not name gets its default.',
    'postern retention set retention.json --reason "new policy"',
  )
    .argument('<FILE|->', 'the document; - is standard input')
    .option('--plan', 'only show what would go')
    .option('--if-version <VERSION>', 'only at this version; 0 if nothing was saved yet')
    .option('--yes', 'do not ask')
    .action(async (file, options) => {
      const document = await documentIn(file, cli.io)
      const api = await cli.api(options)
      const plan = await api.call(retentionRoutes.planRetention, { body: document })
      const { is_shortened: isShortened, ...planned } = plan
      if (options.plan === true) return reportPlan(cli, options, { saved: false, ...plan }, planned)

      if (isShortened && options.reason === undefined)
        throw new UsageError('It keeps less than before: say why with --reason. --plan shows what goes.')
      if (options.json !== true) cli.io.print(words(planned, cli.paint, true))
      const mustAsk = isShortened || cli.io.terminal.readsKeys
      const question = isShortened
        ? 'Keep less than before? What is too old goes tonight, and cannot be brought back.'
        : 'Set this?'
      if (options.yes !== true && mustAsk && !(await confirmed(cli.io, question))) return cli.end('no')

      // If somebody has changed it since it was shown, the console refuses.
      const ifVersion = options.ifVersion ?? String(plan.version)
      const done = await api.call(retentionRoutes.putRetention, {
        body: document,
        ...because({ ...options, ifVersion }),
      })
      cli.show(options, { saved: true, ...done }, () => 'Set.')
    })

const reportPlan = (
  { show, paint }: Cli,
  options: { readonly json?: true | undefined },
  value: object,
  answer: RetentionAnswer,
): void => show(options, value, () => words(answer, paint, true))

export const retention = noun(show, set)

function words(
  { document, kinds, updated_at: updatedAt }: RetentionAnswer,
  paint: Paint,
  isPlan = false,
): string {
  const byType = Object.entries(document.events_by_type)
  const rows = settingsOf(kinds)
  return [
    isPlan && rows.length === 0
      ? 'The night removes what it removes by the present document.'
      : table(
          [
            'setting',
            ['days', ({ days }) => days ?? 'no limit'],
            ['kept_since', ({ kept_since: since }) => since ?? 'none'],
            ['goes_tonight', goes],
            'kind',
            ['last_run', ({ last_run: run }) => run?.at ?? 'never'],
            ['removed', removed],
          ],
          rows,
          paint,
        ),
    ...(byType.length === 0
      ? []
      : [
          '',
          fields(
            byType.map(([type, days]) => [type, days ?? 'no limit']),
            paint,
          ),
        ]),
    '',
    ...(document.holds.length === 0
      ? [paint('dim', 'Nothing is held.')]
      : document.holds.map((hold) =>
          visibleText(`Held since ${hold.since}: ${heldOf(hold)}. ${hold.reason ?? ''}`.trim()),
        )),
    ...(isPlan
      ? []
      : [paint('dim', updatedAt === null ? 'These are the defaults.' : `Set at ${updatedAt}.`)]),
  ].join('\n')
}

const heldOf = ({ source, person }: RetentionAnswer['document']['holds'][number]): string =>
  source === undefined ? (person ?? 'a person') : `source ${source}`

function goes({ next, is_held: isHeld }: SettingAnswer): string {
  if (next === null) return 'unknown'
  const count = `${next.is_estimate && next.count > 0 ? 'about ' : ''}${next.count}${next.is_more ? ' or more' : ''}`
  return isHeld ? `${count} (held)` : count
}

function removed({ last_run: run }: SettingAnswer): string {
  if (run === null) return ''
  if (run.fault !== null) return `failed: ${run.fault}`
  return `${run.removed}${run.is_more ? ', more to go' : ''}`
}
