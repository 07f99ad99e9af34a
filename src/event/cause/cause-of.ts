/** The cause of an event by everything that is known of it, the most certain first. */
import { answerOf, codesOf, isBeforeRecipient } from './answer.ts'
import type { Cause, CauseFound } from './causes.ts'
import { BY_REPLY, IMPRECISE, PRECISE, isBlockedAtMicrosoft } from './codes.ts'
import { DEFERRED, GENERAL } from './general-texts.ts'
import { firstOf } from './pattern.ts'
import { type OfProvider, PROVIDERS, TOKENS } from './provider-texts.ts'

/** The ESP's own class of the event. */
export interface NativeCause extends CauseFound {
  /** Whether it comes before words. A weak one only counts where neither text nor code says more. */
  readonly isFirm: boolean
}

export interface Known {
  /** The answer of the server, in its words. */
  readonly text?: string | null | undefined
  readonly smtpCode?: string | null | undefined
  readonly enhancedCode?: string | null | undefined
  /** As `mailboxProviderOf` names it. */
  readonly mailboxProvider?: string | null | undefined
  readonly native?: NativeCause | undefined
}

/** @returns null where nothing says it */
export function causeOf(known: Known): CauseFound | null {
  const { text, native, mailboxProvider } = known
  if (native !== undefined && OF_ESP.has(native.cause)) return found(native)
  const answer = answerOf(text ?? '')
  const codes = codesOf(text ?? '')
  // A code of the ESP such as `5.0.0` may say less than the answer.
  const enhanced = [known.enhancedCode, codes.enhanced_code].filter((code) => typeof code === 'string')
  const reply = known.smtpCode ?? codes.smtp_code
  const certain =
    firstOf(answer.text, TOKENS) ??
    (enhanced.some(isBlockedAtMicrosoft) ? BLOCKED : undefined) ??
    byCode(PRECISE, enhanced)
  if (certain === undefined && native?.isFirm === true) return found(native)
  // `553 5.7.1` refuses the sender and `421 4.7.0` is no outage, though reply code and `later` say so.
  const isOfSecurity = enhanced.some((code) => code.slice(1, 4) === '.7.')
  const read =
    certain ??
    firstOf(answer.plain, providerOf(answer.text, mailboxProvider)?.texts ?? []) ??
    firstOf(answer.plain, GENERAL) ??
    (isOfSecurity ? undefined : firstOf(answer.plain, DEFERRED)) ??
    byCode(IMPRECISE, enhanced) ??
    native ??
    (reply === undefined || isOfSecurity ? undefined : BY_REPLY.get(reply))
  const isOfSender = read !== undefined && OF_ADDRESS.has(read.cause) && isBeforeRecipient(text ?? '')
  return found(isOfSender ? UNPROVEN : read)
}

const byCode = (table: ReadonlyMap<string, CauseFound>, codes: readonly string[]): CauseFound | undefined =>
  codes.map((code) => table.get(code.slice(2))).find((one) => one !== undefined)

/** The provider that is known, or else named by a host in the answer. */
const providerOf = (text: string, known?: string | null): OfProvider | undefined =>
  PROVIDERS.find(({ name, hosts }) => name === known || hosts.some((host) => text.includes(host)))

/** The mailbox provider, or the filter before it, that an answer names. */
export const providerIn = (text: string): string | undefined => providerOf(answerOf(text).text)?.name

/** Causes of the ESP's own lists. It read all others in the answer, as we do, and sometimes less exactly. */
const OF_ESP: ReadonlySet<Cause> = new Set(['suppressed', 'unsubscribed'])

/** A missing mailbox or domain that a server names before it knows a recipient is the sender's. */
const OF_ADDRESS: ReadonlySet<Cause> = new Set(['no_mailbox', 'mailbox_disabled', 'no_domain'])
const UNPROVEN: CauseFound = { cause: 'authentication', detail: 'sender_domain' }

const BLOCKED: CauseFound = { cause: 'reputation', detail: null }

const found = (one: CauseFound | undefined): CauseFound | null =>
  one === undefined ? null : { cause: one.cause, detail: one.detail }
