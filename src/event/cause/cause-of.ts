/** The cause of an event by everything that is known of it, the most certain first. */
import { answerOf, codesOf, isBeforeRecipient } from './answer.ts'
import type { Cause, CauseFound } from './causes.ts'
import { BY_REPLY, IMPRECISE, PRECISE, isBlockedAtMicrosoft } from './codes.ts'
import { GENERAL } from './general-texts.ts'
import { firstOf } from './pattern.ts'
import { PROVIDERS, TOKENS } from './provider-texts.ts'

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
  const enhanced = known.enhancedCode ?? codes.enhanced_code
  const reply = known.smtpCode ?? codes.smtp_code
  const subject = enhanced?.slice(2)
  const ofProvider = PROVIDERS.find(
    ({ name, hosts }) => name === mailboxProvider || hosts.some((host) => answer.text.includes(host)),
  )
  const read =
    firstOf(answer.text, TOKENS) ??
    (enhanced !== undefined && isBlockedAtMicrosoft(enhanced) ? BLOCKED : undefined) ??
    (subject === undefined ? undefined : PRECISE.get(subject)) ??
    firstOf(answer.plain, ofProvider?.texts ?? []) ??
    firstOf(answer.plain, GENERAL) ??
    (subject === undefined ? undefined : IMPRECISE.get(subject)) ??
    native ??
    (reply === undefined || isOfSecurity(enhanced, reply) ? undefined : BY_REPLY.get(reply))
  const isOfSender = read !== undefined && OF_ADDRESS.has(read.cause) && isBeforeRecipient(text ?? '')
  return found(isOfSender ? UNPROVEN : read)
}

/** A missing mailbox or domain that a server names before it knows a recipient is the sender's. */
const OF_ADDRESS: ReadonlySet<Cause> = new Set(['no_mailbox', 'mailbox_disabled', 'no_domain'])
const UNPROVEN: CauseFound = { cause: 'authentication', detail: 'sender_domain' }

/** `552 5.7.0` and `553 5.7.1` refuse the sender: the enhanced code says so, and the reply code alone would blame the mailbox. */
const isOfSecurity = (enhanced: string | undefined, reply: string): boolean =>
  enhanced?.startsWith('5.7.') === true && reply.startsWith('55')

const BLOCKED: CauseFound = { cause: 'reputation', detail: null }

const found = (one: CauseFound | undefined): CauseFound | null =>
  one === undefined ? null : { cause: one.cause, detail: one.detail }
