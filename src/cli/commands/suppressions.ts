/** `postern suppressions`: who must not be written to. */
import { type Checked, type Suppression, suppressionRoutes } from '../../api/suppressions.ts'
import { SUPPRESSION_REASONS } from '../../store/suppression-reasons.ts'
import { type Cli, type Paint, because, changing, noun } from '../command.ts'
import { timeOf } from '../options.ts'
import { type Columns, table } from '../out/table.ts'
import { PAGED, list, request } from '../request.ts'
import { exportCsv } from './suppressions-export.ts'
import { importCsv } from './suppressions-import.ts'
import { review } from './suppressions-review.ts'
import { sync } from './suppressions-sync.ts'

const reasonsIn = ({ recipient, reasons, scopes, expired }: Suppression) =>
  [...reasons, ...scopes, ...expired].map((one) => ({ recipient, ...one }))

const ALL_MAIL = 'all mail'

const COLUMNS: Columns<ReturnType<typeof reasonsIn>[number]> = [
  'recipient',
  'reason',
  ['scope', ({ scope }) => scope ?? ALL_MAIL],
  'since',
  'source',
  'evidence',
  'note',
  ['rule', ({ rule }) => rule ?? ''],
  [
    'expires',
    ({ expires_at: expires, provisional }) => `${expires ?? 'never'}${provisional ? ', provisional' : ''}`,
  ],
]

function checkedWords(checked: Checked, paint: Paint, recipient: string): string {
  const { evidence = [], liftings = [] } = checked.history ?? {}
  const listed = checked.suppressed
    ? checked
    : { recipient, reasons: [], scopes: checked.scopes, expired: checked.expired }
  return [
    ...(checked.suppressed ? [] : ['This address is not suppressed.']),
    ...(checked.suppressed || checked.scopes.length === 0
      ? []
      : ['Nobody may send it mail of these scopes:']),
    ...(reasonsIn(listed).length > 0 ? [table(COLUMNS, reasonsIn(listed), paint)] : []),
    ...liftings.map(({ at, by, source, reading, scope }) =>
      source === null
        ? `Lifted${scope === null ? '' : ` for ${scope}`} at ${at} by ${by ?? 'an import or a restore'}${reading === null ? '' : `, in a review of the reading ${reading}`}.`
        : `Unsubscribes of ${source}${scope === null ? '' : ` from ${scope}`} lifted at ${at}: subscribed again.`,
    ),
    ...(evidence.length === 0 ? [] : ['All evidence:', table(EVIDENCE_COLUMNS, evidence, paint)]),
  ].join('\n')
}

const EVIDENCE_COLUMNS: Columns<NonNullable<Checked['history']>['evidence'][number]> = [
  'at',
  'source',
  ['type', ({ type, bounce_type: kind }) => (kind === null ? type : `${type}, ${kind}`)],
  'scope',
  'evidence',
]

const add = ({ api, show }: Cli) =>
  changing(
    'add',
    'Suppresses an address by hand.',
    'postern suppressions add ada@example.com --note "asked by phone"',
  )
    .argument('<ADDRESS>', 'the address')
    .option('--scope <SCOPE>', 'only for this mail, such as list:news; default: all mail')
    .option('--note <TEXT>', 'why, for whoever asks later; without it, --reason is kept as the note')
    .action(async (address, options) => {
      const note = options.note ?? options.reason
      const body = { address, note, scope: options.scope }
      const call = { body, ...because(options) }
      const added = await (await api(options)).call(suppressionRoutes.addSuppression, call)
      show(options, added, () =>
        options.scope === undefined
          ? 'The address is suppressed.'
          : `The address is suppressed for ${options.scope}.`,
      )
    })

export const suppressions = noun(
  request({
    name: 'check',
    summary: 'Whether an address may be written to: exit code 0 if it is not suppressed, 1 if it is.',
    example: 'postern suppressions check ada@example.com',
    route: suppressionRoutes.getSuppression,
    query: {
      scope: [
        '--scope <SCOPE>',
        'the mail that is to be sent, such as list:news; default: only what holds for all mail counts',
      ],
    },
    arguments: [['<ADDRESS>', 'bare or as "Name <name@domain>", in upper or lower case']],
    words: checkedWords,
    isNegative: ({ suppressed }) => suppressed,
  }),
  list({
    summary: 'Suppressed addresses, the newest evidence first.',
    example: 'postern suppressions list --for hard_bounce --since 24h --all',
    route: suppressionRoutes.listSuppressions,
    query: {
      reason: ['--why <REASON>', `only those suppressed for it: ${SUPPRESSION_REASONS.join(', ')}`],
      scope: ['--scope <SCOPE>', 'only people to whom nobody may send this mail, such as list:news'],
      since: [
        '--since <TIME>',
        'only those whose newest evidence is of this time or later: RFC 3339, or 24h for the last day',
        timeOf,
      ],
      until: [
        '--until <TIME>',
        'only those whose newest evidence is older than this time, in the same forms',
        timeOf,
      ],
      expired: ['--expired', 'only people with entries whose time is over', () => 'true' as const],
    },
    words: (found, paint) => table(COLUMNS, found.flatMap(reasonsIn), paint),
    ...PAGED,
  }),
  add,
  request({
    name: 'remove',
    summary:
      'Lifts every reason that holds for all mail, or what holds for one scope. What happens later counts again.',
    example: 'postern suppressions remove ada@example.com --yes',
    route: suppressionRoutes.removeSuppression,
    query: {
      scope: ['--scope <SCOPE>', 'only what holds for this mail, such as list:news'],
      at: ['--at <SOURCE>', 'also remove it from the list of the ESP of this source'],
    },
    arguments: [['<ADDRESS>', 'the address']],
    question: () =>
      'Lift every reason, complaints and unsubscribes too, or with --scope what holds for that mail only?',
    words: ({ there, may_be_held_at: held }) =>
      [
        'Lifted.',
        ...(there === null
          ? []
          : [there.removed ? 'Removed at the ESP.' : `Not removed at the ESP: ${there.says}`]),
        ...(held.length === 0
          ? []
          : [
              `The ESP may still hold the address, and then sends nothing to it: --at ${held.join(', or --at ')}.`,
            ]),
      ].join('\n'),
  }),
  review,
  sync,
  importCsv,
  exportCsv,
)
