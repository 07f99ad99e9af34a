/** `postern policy`: which bounces suppress an address, for how long, and why one person is suppressed or not. */
import { type Explanation, type SavedPolicy, policyRoutes } from '../../api/policy.ts'
import {
  aboutWords,
  expiryWords,
  planWords,
  recoveryWords,
  suppressWords,
} from '../../console/messages/policy.ts'
import { type MakeCommand, type Paint, because, changing, noun } from '../command.ts'
import { documentIn } from '../input-file.ts'
import { type Columns, table } from '../out/table.ts'
import { request } from '../request.ts'
import { confirmed } from '../secret-input.ts'

const RULES: Columns<SavedPolicy['document']['rules'][number] & { readonly rule: number }> = [
  'rule',
  ['about', aboutWords],
  ['suppresses', suppressWords],
  ['expires', expiryWords],
]

const show = request({
  name: 'show',
  summary: 'The policy in force, rule by rule. With --json the document is one for postern policy set.',
  example: 'postern policy show',
  route: policyRoutes.getPolicy,
  words: ({ document, taken_at: takenAt, is_judged: isJudged }, paint) =>
    [
      table(
        RULES,
        document.rules.map((rule, i) => ({ ...rule, rule: i + 1 })),
        paint,
      ),
      '',
      recoveryWords(document),
      takenAt === null ? 'Nobody has taken another policy.' : `Taken at ${takenAt}.`,
      ...(isJudged ? [] : ['Not everybody is judged by it yet: the night goes on.']),
    ].join('\n'),
})

const set: MakeCommand = (cli) =>
  changing(
    'set',
    'Takes a policy, after it has shown how many people come on the list and go off it.',
    'postern policy set policy.json --plan',
  )
    .argument('<FILE|->', 'the document; - is standard input')
    .option('--plan', 'only show what would change')
    .option('--if-version <VERSION>', 'only at this version; 0 if nothing was taken yet')
    .option('--yes', 'do not ask')
    .action(async (file, options) => {
      const document = await documentIn(file, cli.io)
      const api = await cli.api(options)
      const plan = await api.call(policyRoutes.planPolicy, { body: document })
      if (options.plan === true || plan.is_unchanged)
        return cli.show(options, { taken: false, ...plan }, () => planWords(plan))

      if (options.json !== true) cli.io.print(planWords(plan))
      const question = plan.needs_confirmation
        ? 'That is more than a twentieth of them. Take this policy?'
        : 'Take this policy?'
      const mustAsk = plan.needs_confirmation || cli.io.terminal.readsKeys
      if (options.yes !== true && mustAsk && !(await confirmed(cli.io, question))) return cli.end('no')

      const taken = await api.call(policyRoutes.putPolicy, {
        body: document,
        ...(plan.needs_confirmation ? { query: { confirm: 'yes' as const } } : {}),
        ...because({ ...options, ifVersion: options.ifVersion ?? String(plan.version) }),
      })
      let sum = { ...taken }
      while (!sum.is_judged) {
        const more = await api.call(policyRoutes.judgePolicy, { body: {} })
        const { people, on, off } = sum
        sum = { ...sum, ...more, people: people + more.people, on: on + more.on, off: off + more.off }
      }
      cli.show(
        options,
        { taken: true, ...sum },
        () => `Taken: ${sum.on} came on the list, ${sum.off} went off it.`,
      )
    })

const BOUNCES: Columns<Explanation['bounces'][number]> = [
  'at',
  'source',
  ['bounce', ({ bounce_type: type }) => type],
  ['cause', ({ cause }) => cause ?? 'unknown'],
  ['rule', ({ rule }) => rule ?? 'none'],
  'event_id',
]

const explain = request({
  name: 'explain',
  summary: 'Which bounces of a person count by which rule, and what follows.',
  example: 'postern policy explain ada@example.com',
  route: policyRoutes.explainPolicy,
  arguments: [['<ADDRESS>', 'the address']],
  words: ({ entries, bounces }, paint: Paint) =>
    [
      ...entries.map(entryWords),
      ...(entries.length === 0 ? ['No bounce suppresses this address.'] : []),
      ...(bounces.length === 0 ? [] : ['', table(BOUNCES, bounces, paint)]),
    ].join('\n'),
})

function entryWords(entry: Explanation['entries'][number]): string {
  const by = entry.rule === null ? 'as before 0.4, imported or restored' : `by rule ${entry.rule}`
  const end =
    entry.expires_at === null
      ? 'It does not expire.'
      : `It ${entry.in_force ? 'expires' : 'expired'} at ${entry.expires_at}.`
  return `${entry.reason} since ${entry.since}, ${by}. ${end}${entry.provisional ? ' It is provisional.' : ''}`
}

export const policy = noun(show, set, explain)
