/** Causes by the ESP's own classes of failures. Each provider has its table. */
import type { NativeCause } from '../../event/cause/cause-of.ts'
import type { Cause } from '../../event/cause/causes.ts'

/** Shorter words are compared whole: a number is no beginning of another. */
const BEGINNING_CHARACTERS = 4

/**
 * Reads a class of an ESP.
 *
 * @param table causes by class or its beginning, in lower case. `~` stands before a cause that holds only where neither the server's words nor its
 *   codes say more, and its detail behind `/`.
 */
export const nativeCauses =
  (table: Readonly<Record<string, `${'~' | ''}${Cause}${'' | `/${string}`}`>>) =>
  (value: string | undefined): NativeCause | undefined => {
    const name = value?.toLowerCase() ?? ''
    const [, cause] =
      Object.entries(table).find(([key]) => key === name) ??
      Object.entries(table).find(([key]) => key.length >= BEGINNING_CHARACTERS && name.startsWith(key)) ??
      []
    if (cause === undefined) return undefined
    const isFirm = !cause.startsWith('~')
    const [named, detail = null] = (isFirm ? cause : cause.slice(1)).split('/')
    return { cause: named as Cause, detail, isFirm }
  }

/** Classes of SparkPost, which Mandrill uses as well. @see SparkPost/support-docs@2cb4102, bounce classification codes */
export const bounceClassCause = nativeCauses({
  10: 'no_mailbox',
  21: 'unreachable',
  22: 'mailbox_full',
  23: 'too_large',
  24: '~expired',
  25: 'suppressed',
  30: 'no_mailbox',
  50: '~policy',
  51: 'reputation',
  52: 'content',
  53: 'content',
  54: 'relay_denied',
})

/**
 * Kinds of bounces and delays of Amazon SES, and of Resend, which sends through it. `NoEmail` says that SES could not read the address, so
 * it names no cause.
 *
 * @see https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
 */
const sesCauses = nativeCauses({
  permanentgeneral: '~no_mailbox',
  suppressed: 'suppressed',
  onaccountsuppressionlist: 'suppressed',
  ontenantsuppressionlist: 'suppressed',
  emailvalidationsuppressed: 'suppressed/validation',
  unsubscribedrecipient: 'unsubscribed',
  mailboxfull: 'mailbox_full',
  messagetoolarge: 'too_large',
  contentrejected: 'content',
  attachmentrejected: 'content',
  customtimeoutexceeded: 'expired',
  spamdetected: 'reputation',
  ipfailure: 'reputation',
  recipientservererror: 'unreachable',
  transientcommunicationfailure: 'unreachable',
  internalfailure: 'unreachable',
  byoiphostnamelookupunavailable: 'authentication',
  sendingdeferral: 'rate_limited',
})

/** @param kind of a delay, or of a bounce, whose type says what `General` means */
export const sesCause = (kind: string | undefined, bounceType?: string): NativeCause | undefined =>
  sesCauses(kind === 'General' ? `${bounceType}General` : kind)
