/**
 * Causes by enhanced status code, without its class.
 *
 * @see RFC 3463, 5248, 7372, 7505 and the IANA registry; support pages of Google (2026-02-12) and Microsoft (2026-06-15)
 */
import type { Cause, CauseFound } from './causes.ts'

const table = (
  entries: readonly (readonly [cause: Cause, codes: string, detail?: string])[],
): ReadonlyMap<string, CauseFound> =>
  new Map(
    entries.flatMap(([cause, codes, detail = null]) =>
      codes.split(' ').map((code) => [code, { cause, detail }] as const),
    ),
  )

/** Codes that say it whatever the text is. */
export const PRECISE = table([
  ['no_domain', '1.2 7.18'],
  ['authentication', '1.7 1.8', 'sender_domain'],
  ['mailbox_full', '2.2'],
  ['too_large', '3.4 7.16'],
  ['no_mailbox', '7.17'],
  ['authentication', '7.20 7.21 7.22', 'dkim'],
  ['authentication', '7.23 7.24 7.27', 'spf'],
  ['authentication', '7.25', 'ptr'],
  ['authentication', '7.26 7.32 7.40 7.509', 'dmarc'],
  ['authentication', '7.29 7.30 7.515'],
  ['rate_limited', '2.121 2.122', 'recipient'],
  ['rate_limited', '7.508 7.652'],
  ['reputation', '7.501 7.502 7.503 7.511 7.650 7.651'],
  ['policy', '7.513'],
])

/** Codes that say it where no text does. */
export const IMPRECISE = table([
  ['no_mailbox', '1.1 1.3 1.4 1.6 2.4'],
  ['mailbox_disabled', '2.1 7.13'],
  ['too_large', '2.3'],
  ['no_domain', '1.10 4.4'],
  ['unreachable', '3.0 3.1 3.2 3.3 3.5 4.0 4.1 4.2 4.3 4.6 7.500 7.700'],
  ['rate_limited', '4.5 5.3 7.28'],
  ['expired', '4.7'],
  ['malformed', '5.1 5.2 5.4 5.5 5.6 6.0 6.1 6.2 6.3 6.4 6.5 6.6 6.7 6.8 6.9'],
  ['policy', '7.2 7.15'],
  ['authentication', '7.3 7.4 7.5 7.6 7.7 7.8 7.10 7.11 7.12 7.14'],
])

/** Microsoft's ranges for networks and senders that it blocks or slows: 5.7.606 to 649, 5.7.700 to 749, 4.7.850 to 899. */
export function isBlockedAtMicrosoft(enhancedCode: string): boolean {
  const [, kind, detail = ''] = /^([45])\.7\.([0-9]{3})$/.exec(enhancedCode) ?? []
  const number = Number(detail)
  return kind === '5'
    ? (number >= 606 && number <= 649) || (number >= 700 && number <= 749)
    : kind === '4' && number >= 850 && number <= 899
}

/** Reply codes that say something by themselves. */
export const BY_REPLY = table([
  ['mailbox_full', '552'],
  ['unreachable', '421 451'],
  ['no_mailbox', '553'],
])
