/** How often causes agree with labels that others gave to the same answers, and how often an address is blamed for what is not its. */
import { describe, expect, it } from 'vitest'
import { causeOf } from '../../src/event/cause/cause-of.ts'
import type { Cause } from '../../src/event/cause/causes.ts'
import { linesOf } from './cause-lines.ts'

/**
 * Labels of others, by the causes that they cover. A label wider than a cause counts for each of them: `rejected` of sisimai is any
 * refusal of a sender, `filtered` any refusal after the message was sent, also of an unknown user.
 */
const LABELS: Readonly<Record<string, readonly Cause[]>> = {
  // sisimai
  authfailure: ['authentication'],
  badreputation: ['reputation'],
  blocked: ['reputation'],
  contenterror: ['malformed', 'content'],
  exceedlimit: ['too_large'],
  expired: ['expired', 'unreachable'],
  failedstarttls: ['authentication'],
  filtered: ['no_mailbox', 'mailbox_disabled', 'policy', 'content'],
  hasmoved: ['no_mailbox'],
  hostunknown: ['no_domain'],
  mailboxfull: ['mailbox_full'],
  mailererror: ['unreachable'],
  mesgtoobig: ['too_large'],
  networkerror: ['unreachable'],
  norelaying: ['relay_denied'],
  notaccept: ['no_domain', 'unreachable'],
  notcompliantrfc: ['malformed'],
  policyviolation: ['policy', 'content'],
  rejected: ['authentication', 'reputation', 'policy'],
  requireptr: ['authentication'],
  securityerror: ['authentication', 'relay_denied', 'policy'],
  spamdetected: ['content'],
  speeding: ['rate_limited'],
  suspend: ['mailbox_disabled'],
  syntaxerror: ['malformed'],
  systemerror: ['unreachable'],
  systemfull: ['unreachable'],
  toomanyconn: ['rate_limited'],
  userunknown: ['no_mailbox'],
  virusdetected: ['content'],
  // postalsys
  auth_failure: ['authentication'],
  domain_blacklisted: ['reputation'],
  geo_blocked: ['policy', 'reputation'],
  invalid_address: ['no_mailbox'],
  'invalid_address|relay_denied': ['no_mailbox', 'relay_denied'],
  ip_blacklisted: ['reputation'],
  mailbox_disabled: ['mailbox_disabled'],
  mailbox_full: ['mailbox_full'],
  policy_blocked: ['policy', 'content'],
  rate_limited: ['rate_limited'],
  relay_denied: ['relay_denied'],
  server_error: ['unreachable'],
  spam_blocked: ['content'],
  user_unknown: ['no_mailbox'],
  virus_detected: ['content'],
}

/** Causes for which an address is suppressed at once. */
const BLAMES: readonly Cause[] = ['no_mailbox', 'mailbox_disabled', 'no_domain']

interface Judged {
  readonly half: string
  readonly isAgreed: boolean
  readonly isBlamed: boolean
  readonly isOther: boolean
  readonly line: string
}

const JUDGED = linesOf('cause-labels.tsv').map(([half = '', label = '', text = '']): Judged => {
  const wanted = LABELS[label] ?? []
  const cause = causeOf({ text })?.cause
  const isOther = !wanted.some((one) => BLAMES.includes(one))
  return {
    half,
    isAgreed: cause !== undefined && wanted.includes(cause),
    isOther,
    isBlamed: isOther && cause !== undefined && BLAMES.includes(cause),
    line: `${label} is ${cause ?? 'unknown'}: ${text}`,
  }
})

describe.each([
  ['seen', 231, 0.94],
  ['kept', 28, 0.9],
])('answers with labels of others: %s', (half, count, agreed) => {
  const judged = JUDGED.filter((one) => one.half === half)
  it(`has ${count} of them`, () => expect(judged).toHaveLength(count))
  it(`agrees with ${agreed * 100} %`, () => {
    const others = judged.filter(({ isAgreed }) => !isAgreed).map(({ line }) => line)
    expect(1 - others.length / judged.length, others.join('\n')).toBeGreaterThanOrEqual(agreed)
  })
})

it('blames an address for what is not its in 1 % at most', () => {
  const blamed = JUDGED.filter(({ isBlamed }) => isBlamed).map(({ line }) => line)
  expect(
    blamed.length / JUDGED.filter(({ isOther }) => isOther).length,
    blamed.join('\n'),
  ).toBeLessThanOrEqual(0.01)
})
