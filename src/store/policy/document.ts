/** The suppression policy: which bounces suppress an address, for how long, and what lifts that again. */
import * as v from 'valibot'
import { CAUSES, CAUSES_OF_SENDER, type Cause } from '../../event/cause/causes.ts'
import { described } from '../../platform/described.ts'
import { type DocumentProblem, parseDocument } from '../../platform/document-problems.ts'
import { isObject } from '../../platform/json.ts'

/** Each bounce is compared with all of them. */
const RULES_MAX = 50

/** Evidence of a person is read up to a number of events; a longer run would never be seen whole. */
export const COUNT_MAX = 30
/** Ten years. A longer time is a mistake, or means never. */
const DAYS_MAX = 3_650

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

const oneOrMore = <const Entry extends v.GenericSchema>(entry: Entry) =>
  v.pipe(v.array(entry), v.minLength(1), v.maxLength(50))

const term = v.union([v.literal('never'), whole(1, DAYS_MAX)])

export const RULED_TYPES = ['email.bounced', 'email.spam_reported', 'email.unsubscribed'] as const

const RunSchema = v.strictObject({
  count: described(whole(2, COUNT_MAX), 'How many bounces, without a delivery between them.'),
  span_days: described(whole(1, 365), 'All of them within so many days.'),
  min_age_days: described(v.optional(whole(0, 365), 0), 'So many days at least from the first to the last.'),
  each: described(
    v.optional(v.picklist(['day', 'event']), 'day'),
    'day: one bounce of a message counts, and at most one a day. event: all count.',
  ),
})

const RuleSchema = v.strictObject({
  type: described(
    v.optional(v.picklist(RULED_TYPES), 'email.bounced'),
    'Complaints and unsubscribes always suppress at once and for ever: a rule may only say so.',
  ),
  bounce: described(v.optional(v.picklist(['hard', 'soft'])), 'Absent: hard and soft bounces.'),
  cause: described(
    v.optional(oneOrMore(v.nullable(v.picklist(CAUSES)))),
    'Causes, null for none known. Absent: any.',
  ),
  source: described(
    v.optional(oneOrMore(v.pipe(v.string(), v.minLength(1), v.maxLength(64)))),
    'Absent: any source.',
  ),
  suppress: described(
    v.union([v.picklist(['at_once', 'no']), RunSchema]),
    'at_once, no, or a run of bounces of one source.',
  ),
  expires_days: described(v.optional(term, 'never'), 'Days after the newest evidence, or never.'),
  again_days: described(v.optional(term), 'Days from the second time on. Absent: as expires_days.'),
  provisional_on_spike_days: described(
    v.optional(whole(1, 30)),
    'Days of an entry that a sudden wave of no_mailbox at one mailbox provider makes, unless a later bounce confirms it.',
  ),
  scope: described(
    v.optional(v.literal('event')),
    'Of an unsubscribe: it holds for the mail that the event names.',
  ),
})

export const PolicySchema = v.strictObject({
  rules: described(
    v.pipe(v.array(RuleSchema), v.maxLength(RULES_MAX)),
    'The first that matches a bounce counts.',
  ),
  recovery: v.optional(
    v.strictObject({
      delivered_after_lifts: described(
        v.optional(v.pipe(v.array(v.picklist(['hard', 'soft', ...CAUSES])), v.maxLength(20)), []),
        'Entries that a later delivery of the same source lifts: by bounce type or cause.',
      ),
      opened_or_clicked: described(
        v.optional(v.literal(false), false),
        'Opens and clicks lift nothing: machines make them.',
      ),
    }),
    {},
  ),
})

/** A document with all defaults. */
export type Policy = v.InferOutput<typeof PolicySchema>
export type Rule = Policy['rules'][number]

export type ReadPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/** Checks a document as a whole: every problem at once, never a value. */
export function readPolicy(document: unknown): ReadPolicy {
  // valibot takes an empty list for an object.
  if (!isObject(document)) return { ok: false, problems: [{ path: '', problem: 'Must be an object.' }] }
  const parsed = parseDocument(PolicySchema, document)
  if (!parsed.ok) return { ok: false, problems: parsed.problems }
  const { rules } = parsed.output
  const problems = rules.flatMap((rule, i) =>
    [...ruleProblems(rule), ...hiddenProblems(rules, i)].map(({ path, problem }) => ({
      path: path === '' ? `rules.${i}` : `rules.${i}.${path}`,
      problem,
    })),
  )
  return problems.length > 0 ? { ok: false, problems } : { ok: true, policy: parsed.output }
}

function ruleProblems(rule: Rule): DocumentProblem[] {
  const { type, bounce, cause, suppress, expires_days: expires, again_days: again, scope } = rule
  const problems: DocumentProblem[] = []
  const wrong = (path: string, problem: string) => problems.push({ path, problem })
  if (type !== 'email.bounced') {
    if (suppress !== 'at_once')
      wrong('suppress', 'Must be at_once: a wish of the person counts as soon as it is known.')
    if (expires !== 'never')
      wrong('expires_days', 'Must be never: only the person takes back what she wished.')
    for (const [path, value] of Object.entries({
      bounce,
      cause,
      again_days: again,
      provisional_on_spike_days: rule.provisional_on_spike_days,
    }))
      if (value !== undefined) wrong(path, 'Is about bounces, and must be absent here.')
  }
  if (scope !== undefined && type !== 'email.unsubscribed')
    wrong(
      'scope',
      'Is about unsubscribes, and must be absent here: a bounce or a complaint is about all mail.',
    )
  if (suppress === 'no') {
    if (expires !== 'never') wrong('expires_days', 'Must be absent: nothing is suppressed that could expire.')
    if (again !== undefined) wrong('again_days', 'Must be absent: nothing is suppressed.')
    if (rule.provisional_on_spike_days !== undefined)
      wrong('provisional_on_spike_days', 'Must be absent: nothing is suppressed.')
    return problems
  }
  if (cause?.some((one) => CAUSES_OF_SENDER.includes(one as Cause)) === true)
    wrong(
      'cause',
      `Must not name ${CAUSES_OF_SENDER.join(', ')}: they are the sender’s, and say nothing of the address.`,
    )
  if (expires === 'never' && again !== undefined && again !== 'never')
    wrong('again_days', 'Must be absent: what never expires comes once.')
  if (rule.provisional_on_spike_days !== undefined && cause !== undefined && !cause.includes('no_mailbox'))
    wrong(
      'provisional_on_spike_days',
      'Must be absent unless the rule is about no_mailbox: only its waves are watched.',
    )
  if (typeof suppress === 'object') {
    const { count, span_days: span, min_age_days: age, each } = suppress
    if (age > span) wrong('suppress.min_age_days', 'Must be at most span_days.')
    if (each === 'day' && count > span + 1)
      wrong('suppress.count', 'Must be at most one more than span_days: at most one bounce a day counts.')
  }
  return problems
}

/** Problems of a rule that an earlier one hides: it takes every event that this one is about. */
function hiddenProblems(rules: readonly Rule[], i: number): DocumentProblem[] {
  const rule = rules[i]
  const by = rules.findIndex((one, j) => j < i && rule !== undefined && covers(one, rule))
  return by < 0 ? [] : [{ path: '', problem: `Never matches: rules.${by} takes all that it is about.` }]
}

const covers = (wide: Rule, narrow: Rule): boolean =>
  wide.type === narrow.type &&
  (wide.bounce === undefined || wide.bounce === narrow.bounce) &&
  includesAll(wide.source, narrow.source) &&
  includesAll(wide.cause, narrow.cause ?? (wide.cause && [...CAUSES, null]))

const includesAll = <One>(wide: readonly One[] | undefined, narrow: readonly One[] | undefined): boolean =>
  wide === undefined || (narrow !== undefined && narrow.every((one) => wide.includes(one)))

const SENDERS_CAUSES = { cause: CAUSES_OF_SENDER, suppress: 'no' } as const
const WISHES = [
  { type: 'email.spam_reported', suppress: 'at_once' },
  { type: 'email.unsubscribed', suppress: 'at_once', scope: 'event' },
] as const

const known = (document: unknown): Policy => v.parse(PolicySchema, document)

/**
 * In force for a new installation. Five in thirty days is MailerSend's rule (its page about the on-hold list); one count a message and a
 * day is Mailman's. That the sender's causes cost no address is Cloudflare's (`email-service/concepts/suppressions.mdx`) and Mailgun's, read
 * on 2026-12-01. Days of expiry are a judgment: a mailbox may work again, and only expiry or a delivery shows it.
 */
export const DEFAULT_POLICY: Policy = known({
  rules: [
    ...WISHES,
    SENDERS_CAUSES,
    { cause: ['suppressed', 'unsubscribed'], suppress: 'no' },
    { bounce: 'hard', cause: ['no_mailbox', 'no_domain'], suppress: 'at_once', provisional_on_spike_days: 7 },
    {
      bounce: 'hard',
      cause: ['mailbox_disabled'],
      suppress: 'at_once',
      expires_days: 90,
      again_days: 'never',
    },
    {
      cause: ['mailbox_full'],
      suppress: { count: 3, span_days: 30, min_age_days: 7 },
      expires_days: 60,
      again_days: 180,
    },
    { bounce: 'hard', cause: [null], suppress: 'at_once', expires_days: 30, again_days: 'never' },
    {
      cause: ['unreachable', 'expired', 'relay_denied'],
      suppress: { count: 5, span_days: 30, min_age_days: 7 },
      expires_days: 30,
      again_days: 90,
    },
    {
      bounce: 'soft',
      cause: ['no_domain', 'mailbox_disabled', null],
      suppress: { count: 5, span_days: 30, min_age_days: 7 },
      expires_days: 30,
      again_days: 90,
    },
    { suppress: 'no' },
  ],
  recovery: { delivered_after_lifts: ['soft', 'mailbox_full', 'mailbox_disabled'] },
})

/** In force where events were stored before 0.4, until somebody takes another: what 0.3 did, and nobody could set. */
export const POLICY_BEFORE_0_4: Policy = known({
  rules: [
    ...WISHES,
    SENDERS_CAUSES,
    { bounce: 'hard', suppress: 'at_once' },
    { bounce: 'soft', suppress: { count: 5, span_days: 30, each: 'event' } },
  ],
})
