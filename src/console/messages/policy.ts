/** A suppression policy in words, for the pages and the command line. */
import type { PolicyPlanned } from '../../api/policy.ts'
import { causeWord } from '../../event/cause/causes.ts'
import type { Policy, Rule } from '../../store/policy/document.ts'

const daysWord = (days: number): string => (days === 1 ? '1 day' : `${days} days`)

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`

/** `Hard bounces: no mailbox or no domain`. */
export function aboutWords({ type, bounce, cause, source }: Rule): string {
  const things =
    type === 'email.spam_reported'
      ? 'Complaints'
      : type === 'email.unsubscribed'
        ? 'Unsubscribes'
        : bounce === undefined
          ? 'Bounces'
          : `${bounce === 'hard' ? 'Hard' : 'Soft'} bounces`
  const causes = cause?.map((one) => (one === null ? 'cause unknown' : causeWord(one)))
  return [
    causes === undefined ? things : `${things}: ${listed(causes)}`,
    ...(source === undefined ? [] : [`at ${listed(source)}`]),
  ].join(', ')
}

/** `at once`, `nobody`, `after three within 30 days`. */
export function suppressWords({ suppress, scope, provisional_on_spike_days: spike }: Rule): string {
  if (suppress === 'no') return 'nobody'
  const more = [
    ...(scope === undefined ? [] : ['for the mail that it names']),
    ...(spike === undefined ? [] : [`for ${daysWord(spike)} only in a sudden wave at one mailbox provider`]),
  ]
  if (suppress === 'at_once') return ['at once', ...more].join(', ')
  const { count, span_days: span, min_age_days: age, each } = suppress
  return [
    `after ${count} within ${daysWord(span)}`,
    ...(age === 0 ? [] : [`${daysWord(age)} or more from the first to the last`]),
    ...(each === 'event' ? ['each counts'] : []),
    ...more,
  ].join(', ')
}

/** `90 days, the second time never`. */
export function expiryWords({ suppress, expires_days: days, again_days: again }: Rule): string {
  if (suppress === 'no') return ''
  const word = (one: Rule['expires_days']): string => (one === 'never' ? 'never' : `after ${daysWord(one)}`)
  return again === undefined || again === days ? word(days) : `${word(days)}, the second time ${word(again)}`
}

export function recoveryWords({ recovery: { delivered_after_lifts: lifts } }: Policy): string {
  const words = lifts.map((one) => (one === 'hard' || one === 'soft' ? `${one} bounces` : causeWord(one)))
  return words.length === 0
    ? 'A later delivery lifts nothing.'
    : `A later delivery of the same source lifts entries of ${listed(words)}.`
}

export function planWords(plan: PolicyPlanned): string {
  if (plan.is_unchanged) return 'This policy is in force already.'
  const least = plan.is_more ? 'at least ' : ''
  const [people = '', on = '', off = ''] = [plan.people, plan.on, plan.off].map(
    (n) => `${least}${n.toLocaleString('en')}`,
  )
  return `People with bounces: ${people}. Of these, ${on} would come on the list, and ${off} would go off it.`
}
