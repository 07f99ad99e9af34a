/**
 * Words of single mailbox providers and filters. Tokens are theirs alone and are looked for in every answer; other words count where the
 * provider is known, by the domain of the recipient or a host that the answer names.
 *
 * Sources, as of the dates of their copies: Google "Gmail SMTP errors and codes" (2026-02-12), Yahoo "SMTP Error Codes" (2026-02-15),
 * Outlook.com "Troubleshooting" (2026-06-15), in azumakuniyuki/feb-2024-no-auth-no-entry@c2ca0c5; go-sisimai@ed142de `rhost/`;
 * smtp-field-manual@67831a2; fm/smtp-codes@f506d34.
 */
import type { Cause } from './causes.ts'
import { type Row, rows } from './pattern.ts'

/** `OFR_416`, `ofr006_102`, `LPN007_426`: one number of Orange and La Poste, whatever stands between. */
const orange = (cause: Cause, numbers: readonly number[]): Row[] =>
  rows(
    cause,
    numbers.flatMap((number) => ['ofr', 'lpn'].flatMap((name) => [`${name}${number}`, `${name}*_${number}`])),
  )

/** Numbers of Spectrum, or how they begin: `AUP#I-1310`, `AUP#In-1310`. */
const spectrum = (...numbers: readonly string[]): string[] =>
  numbers.flatMap((number) => [`aup#i-${number}`, `aup#in-${number}`])

/** Looked for with everything that a link says. */
// prettier-ignore
export const TOKENS: readonly Row[] = [
  // Microsoft: its code is that of a full mailbox.
  ...rows('rate_limited', ['submission quota']),
  // Google, at the end of its help links.
  ...rows('no_mailbox', ['p=nosuchuser', 'recipnotfound', 'recipientnotfound', '5.4.1*recipient address rejected: access denied', 'recipient addresses rejected : access denied']),
  ...rows('mailbox_disabled', ['p=disableduser', 'p=inactiveuser', '(554.30)']),
  ...rows('mailbox_full', ['p=overquota']),
  ...rows('rate_limited', ['p=receivingrate'], 'recipient'),
  ...rows('reputation', ['p=unsolicitedratelimit', 'p=unsolicitediperror']),
  ...rows('content', ['p=unsolicitedmessage', 'p=blockedmessage', 'p=sendingspam', 'p=compromised']),
  ...rows('malformed', ['p=rfcmessagenoncompliant']),
  // Yahoo.
  ...rows('reputation', ['[tss', '(tss', 'tss04', 'tss09', 'tss11', 'permanently deferred']),
  ...rows('reputation', ['[bl21]', '[bl23]'], 'spamhaus'),
  ...rows('content', ['[ph0', '[ph1', '(ph01)']),
  // Outlook.com.
  ...rows('reputation', ['(s3140)', '(s3150)', '(s3114)', '(s843)', 's3140', 's3150', ' rp-00', '(rp-00', ' sc-00', '(sc-00', ' dy-00', '(dy-00', 'ou-002', 'part of their network']),
  ...rows('reputation', ['ou-001', 's8001', 's8002', 'as16012611'], 'spamhaus'),
  ...rows('reputation', ['banned sending ip', 'sender.office.com'], 'microsoft'),
  ...rows('rate_limited', ['attr17']),
  // Apple.
  ...rows('policy', ['[cs01]', '[bs01]', '[hm08]']),
  ...rows('authentication', ['[hme1]']),
  // Comcast, at the end of its links.
  ...rows('authentication', ['#dm0'], 'dmarc'),
  ...rows('rate_limited', ['#rl0']),
  ...rows('reputation', ['#bl0', '#es0']),
  // Orange and La Poste: the number behind the name.
  ...orange('no_mailbox', [416]),
  ...orange('mailbox_full', [417]),
  ...orange('mailbox_disabled', [420, 426]),
  ...orange('authentication', [401, 402, 403, 405, 415, 517]),
  ...orange('content', [506, 513]),
  ...orange('too_large', [514]),
  ...orange('policy', [630]),
  ...orange('rate_limited', [104]),
  ...orange('unreachable', [505]),
  ...orange('reputation', [101, 102, 103, 107, 108, 109, 510, 999]),
  // Cox and Spectrum.
  ...rows('reputation', ['cxbl', 'cdrbl', 'ipbl', ...spectrum('1000', '12', '1560'), 'aup#o-1']),
  ...rows('content', ['urlbl'], 'url'),
  ...rows('authentication', ['cxdns', 'cxsndr', ...spectrum('110', '111', '112', '113', '114', '1150')]),
  ...rows('rate_limited', ['cxcnct', 'cxmxrt', ...spectrum('13', '14', '154', '155', '158')]),
  ...rows('too_large', spectrum('1530')),
  ...rows('policy', spectrum('116', '117', '118', '119')),
  // GoDaddy.
  ...rows('reputation', ['ib103', 'ib104', 'ib105', 'ib106', 'ib110', 'ib111', 'ib112', 'ib113']),
  ...rows('authentication', ['ib108', 'ib506', 'ib508']),
  ...rows('content', ['ib212', 'ib705']),
  ...rows('rate_limited', ['ib007', 'ib504', 'ib510', 'ib605', 'ib607']),
  ...rows('unreachable', ['ib101']),
  // Rackspace: a letter and a number in brackets.
  ...rows('no_mailbox', ['(g8)', '(g9)']),
  ...rows('content', ['(g3)', '(g4)', '(g5)', '(g18)', '(g19)', '(g1a)', '(g1b)', '(g1c)', '(g1d)']),
  ...rows('authentication', ['(g14)', '(g15)', '(g1f)']),
  ...rows('rate_limited', ['(g2)', '(g28)', '(g30)']),
  ...rows('reputation', ['(g31)']),
  ...rows('policy', ['(ge)', '(g7)']),
  // Microsoft 365.
  ...rows('policy', ['rules.rejectmessage', 'customer block list', '5.7.124', '5.7.133', '5.7.134', '5.7.135', '5.7.136']),
  ...rows('relay_denied', ['tenantattribution']),
  ...rows('no_domain', ['nonexistentdomain', '5.4.310']),
  ...rows('rate_limited', ['5.1.90', 'thread limit']),
  // Trend Micro.
  ...rows('relay_denied', ['no-domain']),
  ...rows('reputation', [' ers-', '(ers-']),
  ...rows('policy', ['block-send', 'block-rcpt', ':blocked)', 'transport.rules']),
]

export interface OfProvider {
  /** As `mailboxProviderOf` names it, or a filter that stands before mailboxes of many domains. */
  readonly name: string
  /** Words of an answer that only this provider writes. */
  readonly hosts: readonly string[]
  readonly texts: readonly Row[]
}

const YAHOO = [
  ...rows('no_mailbox', ["doesn't have a * account", 'mailbox not found']),
  ...rows('mailbox_disabled', ['no longer valid', 'mailbox is disabled']),
  ...rows('authentication', ['unresolvable rfc.532'], 'sender_domain'),
  ...rows('policy', ['policy reasons']),
  ...rows('rate_limited', ['too quickly', 'max message per connection']),
  ...rows('unreachable', ['resources temporarily']),
  ...rows('malformed', ['not rfc compliant']),
]

const MICROSOFT = [
  ...rows('authentication', ['required authentication level', 'bad helo', 'sender policy framework']),
  ...rows('reputation', ['spam abuse']),
  ...rows(
    'rate_limited',
    ['receive per hour', 'send to this recipient per hour', 'concurrent connections'],
    'recipient',
  ),
  ...rows('relay_denied', ['unable to relay']),
  ...rows('unreachable', ['dns query failed', 'server busy', 'dane', 'mta-sts']),
]

export const PROVIDERS: readonly OfProvider[] = [
  {
    name: 'gmail',
    hosts: ['gsmtp', 'google.com', 'gmail.com'],
    texts: [
      ...rows('mailbox_disabled', ['is inactive', 'is disabled']),
      ...rows('mailbox_full', ['out of storage', 'over quota']),
      ...rows('rate_limited', ['rate that prevents', 'too quickly'], 'recipient'),
      ...rows('no_domain', ['find the recipient domain']),
      ...rows('reputation', [
        'very low reputation',
        'unusual rate of unsolicited',
        'not authorized to send email directly',
      ]),
      ...rows('rate_limited', ['unusual rate of email', 'limit exceeded']),
      ...rows('content', [
        'nature of the content',
        'likely unsolicited',
        'security issue',
        'illegal attachment',
      ]),
      ...rows('authentication', ['ptr', 'aligned', 'alignment', 'unauthenticated', ' tls']),
      ...rows('malformed', ['rfc 5322', 'missing a valid']),
      ...rows('policy', ['policy that prohibits', 'gcdp']),
      ...rows('relay_denied', ['relay denied']),
      ...rows('unreachable', ['50 hops']),
    ],
  },
  { name: 'yahoo', hosts: ['yahoo', 'aol.com', 'att.net', 'prodigy.net'], texts: YAHOO },
  {
    name: 'outlook',
    hosts: ['outlook.com', 'hotmail', 'live.com', 'microsoft', 'office.com'],
    texts: MICROSOFT,
  },
  {
    name: 'icloud',
    hosts: ['icloud', 'apple.com', 'me.com'],
    texts: [
      ...rows('no_mailbox', ['illegal alias', 'no longer on server', 'user does not exist']),
      ...rows('mailbox_disabled', ['inactive email address']),
      ...rows('rate_limited', ['excessive volume'], 'recipient'),
      ...rows('policy', ['local policy']),
      ...rows('reputation', ['esmtp not accepting connections']),
    ],
  },
  {
    name: 'comcast',
    hosts: ['comcast'],
    texts: [
      ...rows('no_mailbox', ['not our customer', 'unallocated', 'recipient unavailable']),
      ...rows('rate_limited', ['too many recent'], 'recipient'),
    ],
  },
  ...['gmx', 'web_de'].map((name) => ({
    name,
    hosts: name === 'gmx' ? ['gmx.', 'kundenserver', 'mail.com'] : ['web.de'],
    texts: [
      ...rows('malformed', ['(header based)', 'syntax error in parameters']),
      ...rows('reputation', ['(ip based)', '(domain based)', 'block listed']),
      ...rows('policy', ['policy restrictions']),
      ...rows('authentication', ['dns ptr'], 'ptr'),
      ...rows('authentication', ['mx or a/aaaa'], 'sender_domain'),
      ...rows('mailbox_full', ['storage allocation']),
    ],
  })),
  { name: 't_online', hosts: ['t-online'], texts: rows('content', ['spam or virus']) },
  { name: 'free', hosts: ['free.fr'], texts: rows('mailbox_disabled', ['due to inactivity']) },
  {
    name: 'qq',
    hosts: ['qq.com'],
    texts: [
      ...rows('rate_limited', ['unavailable or access denied'], 'recipient'),
      ...rows('rate_limited', ['frequency limited']),
      ...rows('content', ['content denied']),
      ...rows('reputation', ['suspected spam']),
      ...rows('policy', ['by recipients']),
    ],
  },
  {
    name: 'mail_ru',
    hosts: ['mail.ru'],
    texts: [...rows('mailbox_disabled', ['account is disabled']), ...rows('no_mailbox', ['invalid mailbox'])],
  },
  {
    name: 'yandex',
    hosts: ['yandex', 'ya.cc'],
    texts: [
      ...rows('mailbox_disabled', ['rejection on the target address']),
      ...rows('content', ['suspicion of spam']),
      ...rows('rate_limited', ['message rate limit'], 'recipient'),
    ],
  },
  {
    name: 'mimecast',
    hosts: ['mimecast'],
    texts: [
      ...rows('policy', ['envelope blocked', 'blocked senders', 'anti-spoofing', 'host network']),
      ...rows('authentication', ['sender invalid']),
      ...rows('reputation', ['ip reputation']),
      ...rows('content', ['security policies']),
      ...rows('rate_limited', ['internal resource'], 'greylist'),
      ...rows('relay_denied', ['open relay']),
    ],
  },
  {
    name: 'proofpoint',
    hosts: ['proofpoint', 'pphosted'],
    texts: [...rows('no_mailbox', ['marked as invalid']), ...rows('unreachable', ['unverified address'])],
  },
  {
    name: 'barracuda',
    hosts: ['barracuda', 'cuda_nsu'],
    texts: [
      ...rows('content', ['spam url'], 'url'),
      ...rows('content', ['banned content']),
      ...rows('policy', ['go away', 'blocked)']),
    ],
  },
  {
    name: 'zoho',
    hosts: ['zoho'],
    texts: [
      ...rows('policy', ['mailpolicy', 'policy error', 'by destination domain']),
      ...rows('content', ['flagged as spam']),
    ],
  },
]
