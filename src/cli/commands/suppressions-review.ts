/** `postern suppressions review`: what an earlier version suppressed by a mistaken reading, and its lifting. */
import {
  type Finding,
  REVIEW_MAX,
  type ReviewedSuppression,
  suppressionReviewRoutes,
} from '../../api/suppression-review.ts'
import { type MakeCommand, type Paint, because, changing } from '../command.ts'
import { type Columns, fields, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

export const review: MakeCommand = (cli) =>
  changing(
    'review',
    'Finds addresses that an earlier version suppressed by a mistaken reading, shows them with their evidence, and lifts them after it has asked. Each is lifted for that reason alone.',
    'postern suppressions review --plan',
  )
    .option('--only <READING>', 'only those of one reading, as in the column READING')
    .option('--wishes', 'also lift those whose person may have complained or left all the same')
    .option('--plan', 'only show them')
    .option('--yes', 'do not ask')
    .action(async ({ only, wishes = false, ...options }) => {
      const api = await cli.api(options)
      const query = { only, wishes: String(wishes) as 'true' | 'false' }
      const found = await api.list(suppressionReviewRoutes.reviewSuppressions, { query }, null)
      const mistaken = found.filter(({ finding }) => finding === 'mistaken')
      if (options.plan === true || mistaken.length === 0)
        return cli.show(options, { suppressions: found }, () => words(found, cli.paint))

      if (options.json !== true) cli.io.print(words(found, cli.paint))
      const question = `Lift the ${mistaken.length} that are mistaken? Other reasons of the same people stay.`
      if (options.yes !== true && !(await confirmed(cli.io, question))) return cli.end('no')
      let lifted = 0
      for (let i = 0; i < mistaken.length; i += REVIEW_MAX) {
        const some = mistaken.slice(i, i + REVIEW_MAX)
        const entries = some.map(({ address, reason, as_of }) => ({ address, reason, as_of }))
        const call = { body: { entries, wishes }, ...because(options) }
        lifted += (await api.call(suppressionReviewRoutes.liftReviewedSuppressions, call)).lifted
      }
      const kept = mistaken.length - lifted
      cli.show(options, { suppressions: found, lifted, kept }, () =>
        kept === 0
          ? `Lifted: ${lifted}.`
          : `Lifted: ${lifted}. Changed since they were shown, and kept: ${kept}.`,
      )
      if (kept > 0) cli.end('no')
    })

const COLUMNS: Columns<ReviewedSuppression> = [
  'address',
  'reason',
  'since',
  'source',
  ['evidence', ({ evidence, native_type: type }) => (evidence === null ? type : `${type}: ${evidence}`)],
  'event_id',
  'reading',
  ['today', ({ today }) => today ?? 'unknown'],
  'finding',
]

const FINDING_WORDS: Readonly<Record<Finding, string>> = {
  mistaken: 'can be lifted',
  wish: 'lifted only with --wishes, since the person may have complained or left',
  held: 'not lifted: other evidence holds it',
  incomplete: 'not lifted: other evidence may have been removed, or is too much to look at',
  by_hand: 'not lifted: the person left some mail. Narrow it by hand with add --scope and remove',
  unknown: 'not lifted: what is stored does not tell what the event would be today',
}

function words(found: readonly ReviewedSuppression[], paint: Paint): string {
  if (found.length === 0) return 'Nobody is suppressed by a reading that was mended.'
  const reasons = new Map(found.map(({ reading, why }) => [reading, why]))
  const findings = [...Map.groupBy(found, ({ finding }) => finding)].map(
    ([finding, { length }]) => [finding, `${length}, ${FINDING_WORDS[finding]}`] as const,
  )
  return [table(COLUMNS, found, paint), fields([...reasons], paint), fields(findings, paint)].join('\n\n')
}
