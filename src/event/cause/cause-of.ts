/** The cause of an event by everything that is known of it, the most certain first. */
import { answerOf, codesOf, isBeforeRecipient } from './answer.ts'
import type { Cause, CauseFound } from './causes.ts'
import { BY_REPLY, IMPRECISE, PRECISE, isBlockedAtMicrosoft } from './codes.ts'
import { GENERAL } from './general-texts.ts'
import { firstOf } from './pattern.ts'
import { type OfProvider, PROVIDERS, TOKENS } from './provider-texts.ts'

/** The ESP's own class of the event. */
export interface NativeCause extends CauseFound {
  /** Whether it decides by itself. A weak one only counts where neither text nor code says more. */
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
  if (native?.isFirm === true) return found(native)
  const answer = answerOf(text ?? '')
  const codes = codesOf(text ?? '')
  // A code of the ESP such as `5.0.0` may say less than the answer.
  const enhanced = [known.enhancedCode, codes.enhanced_code].filter((code) => typeof code === 'string')
  const reply = known.smtpCode ?? codes.smtp_code
  const read =
    firstOf(answer.text, TOKENS) ??
    (enhanced.some(isBlockedAtMicrosoft) ? BLOCKED : undefined) ??
    byCode(PRECISE, enhanced) ??
    firstOf(answer.plain, providerOf(answer.text, mailboxProvider)?.texts ?? []) ??
    firstOf(answer.plain, GENERAL) ??
    byCode(IMPRECISE, enhanced) ??
    native ??
    (reply === undefined || isOfSecurity(enhanced[0], reply) ? undefined : BY_REPLY.get(reply))
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

/** A missing mailbox or domain that a server names before it knows a recipient is the sender's. */
const OF_ADDRESS: ReadonlySet<Cause> = new Set(['no_mailbox', 'mailbox_disabled', 'no_domain'])
const UNPROVEN: CauseFound = { cause: 'authentication', detail: 'sender_domain' }

/** `552 5.7.0` and `553 5.7.1` refuse the sender: the enhanced code says so, and the reply code alone would blame the mailbox. */
const isOfSecurity = (enhanced: string | undefined, reply: string): boolean =>
  enhanced?.startsWith('5.7.') === true && reply.startsWith('55')

const BLOCKED: CauseFound = { cause: 'reputation', detail: null }

const found = (one: CauseFound | undefined): CauseFound | null =>
  one === undefined ? null : { cause: one.cause, detail: one.detail }
