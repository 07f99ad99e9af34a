/**
 * Causes of bounces, deferrals, rejections and complaints: what the receiving server, or the ESP, has against a message. A cause stands
 * beside `bounce_type` and does not change it.
 */

/** Whom a cause is about: an address that mail does not reach, the sender, or nobody for certain. */
type Subject = 'address' | 'sender' | 'neither'

interface Meaning {
  readonly about: Subject
  /** One sentence that says what it means. */
  readonly means: string
  /** One sentence that says what to do. */
  readonly todo: string
}

const MEANINGS = {
  no_mailbox: {
    about: 'address',
    means: 'Nobody has this address: it was deleted or mistyped.',
    todo: 'Look where the address came from: a form without confirmation, or an old list.',
  },
  mailbox_disabled: {
    about: 'address',
    means: 'The mailbox exists, but is closed, inactive or suspended.',
    todo: 'Stop writing to it for now. Its owner may open it again.',
  },
  mailbox_full: {
    about: 'address',
    means: 'The mailbox is over its quota.',
    todo: 'Nothing at once. A mailbox that stays full is not read any more.',
  },
  no_domain: {
    about: 'address',
    means: 'The domain does not exist, or takes no mail.',
    todo: 'Look for typos in the domain, and where the address came from.',
  },
  reputation: {
    about: 'sender',
    means:
      'The receiver blocks or slows your IP address, domain or network for its record, or because a blocklist has it.',
    todo: 'Find what was reported, stop it, and ask for removal after that.',
  },
  content: {
    about: 'sender',
    means:
      'The receiver takes this message for spam, phishing or malware, or refuses a link or a file in it.',
    todo: 'Change the message: links, attachments, wording. Addresses are not at fault.',
  },
  policy: {
    about: 'sender',
    means: 'A rule of the receiver or the recipient refuses the message, and does not say why.',
    todo: 'Ask the administrator of the recipient which rule it is.',
  },
  authentication: {
    about: 'sender',
    means:
      'The message does not prove who sends it: SPF, DKIM, DMARC, reverse DNS, TLS or the domain of the sender.',
    todo: 'Mend the DNS records of the sending domain at once. All mail to this receiver is refused until then.',
  },
  rate_limited: {
    about: 'sender',
    means: 'Too much came too fast, from you or for this recipient, or the receiver wants a second try.',
    todo: 'Nothing while it is deferred. Send slower if it bounces.',
  },
  too_large: {
    about: 'sender',
    means: 'The message, its header or an attachment is larger than the receiver takes.',
    todo: 'Link to files in place of attaching them.',
  },
  malformed: {
    about: 'sender',
    means: 'The message or the SMTP dialog breaks a rule of the standards.',
    todo: 'Mend the software that makes the message.',
  },
  relay_denied: {
    about: 'neither',
    means: 'The server does not feel responsible for this domain, or wants a log-in.',
    todo: 'Check the address. If it happens to all, check how you send.',
  },
  unreachable: {
    about: 'neither',
    means: 'The receiving server did not answer, failed, or its DNS did.',
    todo: 'Nothing, unless many are concerned: then it is an outage.',
  },
  expired: {
    about: 'neither',
    means: 'The ESP gave up after trying for its whole time. The last answer is not known.',
    todo: 'Look at the deferrals of the message before.',
  },
  suppressed: {
    about: 'neither',
    means: 'The ESP did not try: the address is on its own suppression list.',
    todo: 'Compare both lists.',
  },
  unsubscribed: {
    about: 'neither',
    means: 'The ESP did not try: this person has unsubscribed there.',
    todo: 'Take the person off your list.',
  },
} as const satisfies Record<string, Meaning>

export type Cause = keyof typeof MEANINGS

export const CAUSES = Object.keys(MEANINGS) as Cause[]

/** Causes that say nothing of the address: whoever sends has to act. */
export const CAUSES_OF_SENDER: readonly Cause[] = CAUSES.filter((cause) => MEANINGS[cause].about === 'sender')

export const causeWord = (cause: Cause): string => cause.replaceAll('_', ' ')

export const meaningOf = (cause: Cause): Meaning => MEANINGS[cause]

/** A cause with what is known more precisely: `dmarc`, the name of a blocklist, `greylist`. */
export interface CauseFound {
  readonly cause: Cause
  readonly detail: string | null
}
