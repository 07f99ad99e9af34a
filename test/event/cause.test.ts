/** Answers of mail servers, as published, and the cause of each. Addresses and IP addresses are examples. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codesOf } from '../../src/event/cause/answer.ts'
import { linesOf } from './cause-lines.ts'
import { type Known, causeOf, providerIn } from '../../src/event/cause/cause-of.ts'
import { CAUSES, type Cause, meaningOf } from '../../src/event/cause/causes.ts'
import { pageOf } from '../../src/event/cause/postmaster-pages.ts'

/** @see fm/smtp-codes@f506d34 and the support pages of the providers, read on 2026-12-01 */
// prettier-ignore
const ANSWERS: Readonly<Partial<Record<Cause, readonly string[]>>> = {
  rate_limited: [
    "554 5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour. For more information go to http://go.microsoft.com/fwlink/?LinkId=526653. (#) [outlook.com]",
    "554 5.2.121 The sender has exceeded the limit for the number of messages they can send to this recipient per hour.",
    "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. For more information, please visit https://support.google.com/mail/?p=ReceivingRatePerm - gsmtp",
    "550 Sender frequency limited.",
    "421 Max message per connection reached, closing transmission channel",
    "421 4.7.0 me.com Error: too many errors",
    "421 4.7.1 Messages to example@icloud.com deferred due to excessive volume. Try again later - https://support.apple.com/en-us/HT204137",
    "421 Too many concurrent connections from this client (G2)",
    "451 4.7.1 Received too many messages from a new or untrusted IP (G28)",
    "451 Internal resource temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [#]",
    "451 4.7.1 <email@example.com>: Recipient address rejected: Greylisted for 5 minutes",
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages",
    "450 User is receiving mail too quickly",
    "450 4.7.3 Organization queue quota exceeded. [outlook.com]",
    "452 4.1.1 <example@comcast.net> too many recent messages; Try again later",
    "452 4.5.3  rate limit exceeded",
  ],
  no_mailbox: [
    "554 delivery error: dd This user doesn't have a example.com account (example@example.com) [-9] - example.yahoo.com",
    "554 5.7.1 <example@example.com>: Recipient address rejected: Invalid-Recipient.",
    "554 5.7.1 <email@example.com>: Recipient address rejected: Not in recipient list",
    "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. Learn more at https://support.google.com/mail/?p=NoSuchUser - gsmtp",
    "550 5.1.1 <example@icloud.com>: user does not exist",
    "550 5.1.1 Not our Customer",
    "550 5.1.1 <example@comcast.net> recipient mailbox unallocated",
    "550 5.2.0 <example@comcast.net> - Recipient unavailable",
    "550 5.5.0 Requested action not taken: mailbox unavailable. [x.eop-nam12.prod.protection.outlook.com]",
    "550 5.4.1 All recipient addresses rejected : Access denied [x.eop-nam02.prod.protection.outlook.com]",
    "550 5.7.1 No such user!",
    "550 5.2.1 <EXAMPLE@PRODIGY.NET>... Addressee unknown, relay=[1.2.3.4]",
    "550 5.2.1 <example@prodigy.net>... blank mailhost - invalid address, relay=[1.2.3.4]",
    "550 Requested action not taken: mailbox unavailable",
    "550 5.1.1 Email address could not be found, or was misspelled (G8) or (G9)",
    "550 5.1.1 Recipient address rejected: Address does not exist",
    "550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table,",
    "550 no such address here",
    "550 No such recipient here",
    "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
    "550 5.1.1 <email@example.com>: Recipient address rejected: undeliverable address: host example.com[1.2.3.4] said: 550 5.1.1 <email@example.com>: Recipient address rejected: user unknown",
    "550 5.1.1 - This is not a valid email address. Please verify that you have the correct email address for your recipient.",
    "550 5.7.1 <email@example.com>: Recipient address rejected: User email address is marked as invalid.",
    "550 5.4.1 [email@example.com]: Recipient address rejected: Access denied [example.com]",
    "550 cuda_nsu 5.1.1 <email@example.com> Recipient address rejected: User unknown",
    "550 Invalid recipient <email@example.com> (#5.1.1)",
    "451 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#451 [#]",
    "552 1 Requested mail action aborted, mailbox not found",
    "550-5.1.1 The email account that you tried to reach does 550-5.1.1 not exist. Please try 550 5.1.1 double-checking",
  ],
  mailbox_disabled: [
    "554 delivery error: dd Sorry, your message to example@example.com cannot be delivered. This mailbox is disabled (554.30). - example.yahoo.com",
    "554 delivery error: dd example@example.com is no longer valid. [-20] - example.yahoo.com",
    "550 5.2.1 The email account that you tried to reach is inactive. Learn more at https://support.google.com/mail/?p=DisabledUser - gsmtp",
    "550 Message was not accepted -- invalid mailbox. Local mailbox example@mail.ru is unavailable: account is disabled",
    "550 5.7.1 Policy rejection on the target address https://yandex.ru",
    "550 5.2.1 This mailbox has been blocked due to inactivity",
  ],
  unreachable: [
    "554 delivery error: dd Requested mail action aborted - example.yahoo.com",
    "421 Service not available, closing transmission channel",
    "421 4.3.2 Service not available [outlook.com]",
    "421 4.4.2 mail.yandex.net Error: timeout exceeded",
    "421 4.1.1 <email@example.com>: Recipient address rejected: unverified address: Address verification in progress",
    "421 Server temporarily unavailable. Try again later. IB101",
    "451 4.3.0 Mail server temporarily rejected message. - gsmtp",
    "451 example.yahoo.com Resources temporarily unavailable. Please try again later [#4.16.1].",
    "451 4.3.2 Internal server error",
    "451 4.7.1 Sorry, the service is currently unavailable. Please come back later.",
    "451 4.7.500 Server busy. Please try again later from [1.2.3.4]. (AS77712344)",
    "450 4.4.6 Routing loop detected (G16)",
    "450 4.4.0 <email@example.com> Temporary DMARC DNS lookup failure (G1E)",
    "452 4.3.1 Insufficient system resources (TSTE) [outlook.com]",
    "Unable to connect to MX servers: [example.com]",
    "smtp; 421 4.4.1 Unable to connect to remote host",
  ],
  policy: [
    "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes",
    "554 Message not allowed - [299]",
    "554 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137",
    "554 5.7.1 user@example.com: Sender address rejected: Blocked by this recipient (GE)",
    "554 5.2.3 MailPolicy violation Error delivering to mailboxes,mx.zoho.com",
    "554 5.7.1 <example@example.com>: Recipient address rejected: BLOCK-SEND-ER.",
    "554 5.7.1 <example@example.com>: Recipient address rejected: BLOCK-RCPT.",
    "550 5.7.1 The recipient's server refused to accept your message (G7)",
    "550 Mail is rejected by recipients",
    "550 Administrative prohibition - envelope blocked",
    "550 Rejected by header based Anti-Spoofing policy: email@example.com - https://community.mimecast.com",
    "550 Rejected by header based manually Blocked Senders: email@example.com",
    "550 Envelope blocked - User Entry",
    "550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy",
    "550 Blocked",
    "550 permanent failure for one or more recipients (email@example.com:blocked)",
    "541 5.4.1 Mail rejected by destination domain mx.zoho.com",
    "450 cuda_nsu 4.7.1 <email@example.com>: Recipient address rejected: Policy Rejection- Abuse. Go away.",
  ],
  content: [
    "554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes",
    "554 5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc ##",
    "554 5.7.1 Spam message rejected; If this is not spam contact abuse",
    "554 5.7.1 Email cannot be delivered. Reason: Email flagged as Spam.",
    "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554 [#]",
    "554 rejected due to spam URL in content",
    "554 rejecting banned content",
    "550 5.7.1 [1.2.3.4] Our system has detected that this message is likely unsolicited mail. https://support.google.com/mail/?p=UnsolicitedMessageError for more information. - gsmtp",
    "550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=7y4 or report details to abuse@corp.mail.ru. Error code: ###. ID: #",
    "550 spam detected",
    "550 5.7.1 Virus found (G3) or (G4) or (G5)",
    "550 5.7.0 mime_banned_file - Your message has been rejected because it contains a banned file attachment (G1A)",
    "550 5.7.1 Rejected by spam filter (in reply to end of DATA command)",
    "550 5.7.1 Message considered as SPAM",
    "550 Mail content denied.",
    "550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]",
    "550 5.7.0 Message considered as spam or virus, rejected",
    "421 4.7.0 [1.2.3.4] Our system has detected that this message is suspicious due to the nature of the content and/or the links within. - gsmtp",
    "552-5.7.0 Our system detected an illegal attachment on your message.",
  ],
  malformed: [
    "554 Message not allowed - Headers are not RFC compliant[291]",
    "550 5.7.1 [1.2.3.4 14] Messages missing a valid address in From: header, or having no From: header, are not accepted. - gsmtp",
    "550 <example@example.com>: Syntax error in parameters or arguments",
  ],
  relay_denied: [
    "554 5.7.1 <example@icloud.com>: Relay access denied",
    "554 5.7.1 <example@example.com>: Recipient address rejected: NO-DOMAIN.",
    "550 relaying denied for <example@example.com>",
    "550 5.1.3 Relay not permitted. (#id-5.9.2)",
    "550 no such address here (MX do not point to us)",
    "550 Authentication Required",
    "451 Open relay not allowed - https://community.mimecast.com/docs/DOC-1369#451 [#]",
  ],
  reputation: [
    "554 5.7.1 ACL dns_rbl; Client host {IP} blocked using Senderscore. Please visit Senderscore for more information on why this message could not be delivered (G31)",
    "554 xx.comcast.net comcast 1.2.3.4 Comcast block for spam. Please see http://postmaster.comcast.net/smtp-error-codes.php#BL000000",
    "554 1.2.3.4 has been temporarily blocked for attempting to mail too many invalid recipients. IB112",
    "554 RBL Reject -Please submit an unblock request <http://unblock.secureserver.net/?ip=1.2.3.4>",
    "554 IB103. Connection refused. 1.2.3.4 has a poor reputation on Cloudmark Sender Intelligence (CSI).",
    "550 5.7.1 [1.2.3.4] Our system has detected that this message is likely suspicious due to the very low reputation of the sending domain. - gsmtp",
    "550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL -- see https://www.spamhaus.org/dbl/",
    "550 5.7.1 Service unavailable, MailFrom domain is listed in Spamhaus. To request removal from this list see https://www.spamhaus.org/query/lookup/ (S8002)",
    "550 5.7.1 Unfortunately, messages from [1.2.3.4] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    "550 Suspected spam sender.",
    "550 mwinf ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102 Ref http://csi.cloudmark.com/reset-request/?ip=1.2.3.4 [102]",
    "550 <example@example.com>: IP address is block listed",
    "550 Local CT IP Reputation - (reject)",
    "550 5.7.1 Service unavailable; client [1.2.3.4] blocked using prs.proofpoint.com",
    "550 5.7.606 Access denied, banned sending IP [1.2.3.4]. To request removal from this list please visit https://sender.office.com/ (AS16012609)",
    "550 5.7.1 <example@example.com>: Recipient address rejected: ERS-Customized-Block.",
    "550 5.7.1 Your access to submit messages to this e-mail system has been rejected.",
    "421 4.7.0 [1.2.3.4] Our system has detected that this message is suspicious due to the very low reputation of the sending domain. - gsmtp",
    "421 4.7.28 [1.2.3.4] Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited. Please visit https://support.google.com/mail/?p=UnsolicitedRateLimitError to review our Bulk Email Senders Guidelines. - gsmtp",
    "421 4.7.0 [TSS04] Messages from 0.0.0.0 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
    "421 4.7.0  : Sender IP rejected: sending IP has insufficient reputation.  Please retry later.",
    "451 4.7.650 The mail server [1.2.3.4] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S843)",
  ],
  mailbox_full: [
    "554 5.2.2 <example@free.fr>: Recipient address rejected: Quota exceeded (mailbox for user is full)",
    "550 5.2.2 user quota exceeded",
    "550 <example@example.com>: Requested mail action aborted: exceeded storage allocation, Quota exceeded",
    "452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
    "452 4.1.1 <example@comcast.net> user over quota",
    "552 5.2.2 Mailbox size limit exceeded",
    "552 5.1.1 <example@comcast.net> recipient rejected - extended quota violation",
  ],
  authentication: [
    "host xx.comcast.net [1.2.3.4] SMTP error from remote mail server after initial connection: 554 xx.comcast.net comcast 1.2.3.4 Comcast requires that all mail servers must have a PTR record with a valid Reverse DNS entry. Currently your mail server does not fill that requirement.",
    "550 5.7.1 Unauthenticated email from example.com is not accepted due to domain's DMARC policy. - gsmtp",
    "550 5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp",
    "550 5.7.1 Your message was rejected due to example.com DMARC policy.",
    "550 5.2.0 Message rejected due to DMARC. Please see http://postmaster.comcast.net/smtp-error-codes.php#DM000001",
    "550 5.7.515 Access denied, sending domain example.com does not meet the required authentication level.",
    "550 5.7.1 Connections not accepted from servers without a valid sender domain. ## Fix reverse DNS for 1.2.3.4",
    "550 5.1.0 Sender is not allowed to send from example.com",
    "550 DMARC check failed",
    "550-SPF-check failed: 550 example.com doesn't allow sending mails from 1.2.3.4 (in reply to MAIL FROM command)",
    "550 Sender verify failed",
    "550 <example@example.com>: Reject due to SPF policy. The originating IP of the message is not permitted by the domain owner",
    "550 <example@example.com>: Bad DNS PTR resource record",
    "550 <example@example.com>: Invalid DNS MX or A/AAAA resource record",
    "550 SPF Sender Invalid - envelope rejected.",
    "550 DKIM Sender Invalid - envelope rejected.",
    "550 5.1.8 <sender@example.com>: Sender address rejected: Domain not found (in reply to RCPT TO command)",
    "550 5.1.8 Domain of sender address does not exist",
    "550 5.5.2 <email@example.com>: Sender address rejected: need fully-qualified address (in reply to RCPT TO command)",
    "550 rejecting spoofed message",
    "550 5.7.26 <example@example.com>: ETP205 DMARC Failure for domain",
    "550 1.2.3.4 is not allowed to send from <x> per its SPF Record. Please inspect your SPF settings, and try again. IB508",
    "4.7.26 This mail has been rate limited because it is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.",
    "4.7.32 This mail has been rate limited because there is no DMARC alignment",
    "421 Temporarily rejected. Reverse DNS for 1.2.3.4 failed. IB108",
    "450 4.1.8 Sender address rejected: Domain not found (in reply to RCPT TO command))",
    "450 4.7.1 Client host {IP} has no PTR record (G1F)",
  ],
  too_large: [
    "552-5.2.3 Your message exceeded Google's message size limits. Please visit http://mail.google.com/support/bin/answer.py?answer=8770 to review our size guidelines.",
    "552 x - y Message size exceeds maximum permitted. Please reduce message size, and retry.",
  ],
  suppressed: [
    "Recipient in suppression list",
    "Not delivering to previously bounced address",
  ],
  unsubscribed: [
    "Recipient in suppression list. Reason: unsubscription",
  ],
  no_domain: [
    "No MX for nomx.example.com",
    "Host or domain name not found. Name service error for name=example.invalid type=AAAA: Host not found",
    "454 4.4.4 [internal] no MX or A for domain",
    "550 5.1.2 Bad destination system address",
  ],
  expired: [
    "Message expired after sitting in queue for 3 days",
    "Delivery expired (message too old) [Default] 451-'4.7.1 try later'",
  ],
}

describe.each(Object.entries(ANSWERS))('%s', (cause, answers) => {
  it.each(answers)('%s', (text) => expect(causeOf({ text })?.cause).toBe(cause))
})

/** Words of missing mailboxes and domains in answers that are about the sender, about the server or about nothing else. */
// prettier-ignore
const NOT_OF_THE_ADDRESS = [
  '554 5.7.1 <news@shop.example>: Sender address rejected: Access denied',
  '554 5.7.1 <bob@example.com>: Recipient address rejected: Access denied',
  '554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied',
  '550 Sender address is not valid',
  '550 Sender does not exist',
  '550 5.1.0 sender mailbox does not exist',
  '550 5.1.0 <bounce@shop.example> sender rejected: account inactive',
  '550 5.7.1 The From address is not valid',
  '550 Unknown user in From header',
  '550 Invalid domain in From: header',
  '550 The domain of the sender does not exist',
  "550 5.7.1 sender's domain does not exist [x.prod.protection.outlook.com]",
  '550 Return-Path domain has no MX',
  '550 your domain has no MX record',
  '550 Absender unbekannt',
  '550 Expediteur inconnu',
  '550 Remitente desconocido',
  '550 erreur inconnue',
  '550 Unbekannter Fehler',
  '550 Reverse host not found',
  '550 no valid reverse record for 192.0.2.1; hostname not found',
  '550 Access denied - unknown host',
  '550 Your domain has been suspended for abuse',
  '550 Access to this mail system from your network has been suspended',
  '550 Domain shop.example has an outgoing mail suspension. Message discarded.',
  '554 192.0.2.1 is on our internal list of bad hosts',
  '550 Newly registered domain. Domain not found in our whitelist',
  "550 5.7.1 Sender not found in recipient's list of accepted senders",
  '550 Mailbox not open to external senders',
  '550 Your address is not known to this recipient, please ask for an invitation',
  '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.',
  '550-Requested action not taken: mailbox unavailable 550 Reject due to SPF policy. https://postmaster.gmx.net/en/case',
  '550 Requested action not taken: mailbox unavailable; DMARC check failed (gmx.net)',
  '553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)',
  '553 5.7.1 sorry, I will not take that from you',
  '552 5.7.0 not wanted here',
  '550 5.7.1 Message-ID header not found',
  '550 Message-Id is not valid',
  '550 MIME boundary does not exist',
  '554 5.5.2 The command was not found',
  '554 5.7.1 Message rejected: link domain not found',
  '421 4.4.2 Connection terminated',
  '554 SMTP session terminated due to protocol error',
  '421 4.4.2 Connection closed due to inactivity',
  '451 4.3.0 Mailbox server is temporarily unavailable',
  '452 4.2.2 Your submission quota is exceeded',
  '452 4.5.3 recipient list too long',
  '553 Domain of From header does not exist',
  "550 5.7.1 The sender's mailbox has been suspended",
  '535 5.7.8 Error: authentication failed: user not found',
  '550 The URL in your message does not exist',
  '550 Invalid domain name in Return-Path',
  '550 no MX record found for the domain of your From address',
  "550 Your mail server's hostname does not exist in DNS",
  '554 no PTR: host name does not exist',
  '550 session inactive too long',
  '421 inactive connection closed',
  '550 5.6.0 invalid address in header To',
  '550 No user agent header',
  '550 account of the sender is disabled',
  '550 quota of the sender exceeded',
  '550 mailbox exceeds sending limit',
  '550 5.1.1 <bounce@shop.example>: User unknown (in reply to MAIL FROM command)',
  'SMTP error from remote mail server after MAIL FROM:<bounce@shop.example>: 550 5.1.0 shop.example does not exist',
  "smtp; 5.1.0 - Unknown address error 550-'5.7.1 Access denied' (delivery attempts: 0)",
]

it.each(NOT_OF_THE_ADDRESS)('blames no address for %s', (text) => {
  expect(['no_mailbox', 'mailbox_disabled', 'mailbox_full', 'no_domain']).not.toContain(
    causeOf({ text })?.cause,
  )
})

/** The same words where they are about the mailbox, and names in answers that look like tokens. */
// prettier-ignore
it.each([
  ['550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [x.prod.protection.outlook.com]', 'no_mailbox'],
  ['550 5.4.1 [bob@example.com]: Recipient address rejected: Access denied', 'no_mailbox'],
  ['550 Mailbox <bob> not found', 'no_mailbox'],
  ['550 User bob not found', 'no_mailbox'],
  ['550 <bob@example.com> not found', 'no_mailbox'],
  ['550 destinataire inconnu', 'no_mailbox'],
  ['550 5.1.1 user unknown https://customers-portal.example.org/help', 'no_mailbox'],
  ['550 5.1.1 user unknown [corp-001.example.org]', 'no_mailbox'],
  ['550 Mailbox disabled', 'mailbox_disabled'],
  ['550 Account suspended', 'mailbox_disabled'],
  ['550 <bob@example.com> is disabled', 'mailbox_disabled'],
  ['550 No MX for nowhere.example', 'no_domain'],
])('%s is %s', (text, cause) => expect(causeOf({ text })?.cause).toBe(cause))

it.each(linesOf('cause-by-provider.tsv'))('%s: %s at %s', (cause = '', text = '', mailboxProvider = '') =>
  expect(causeOf({ text, mailboxProvider })?.cause).toBe(cause),
)

describe('a detail', () => {
  it.each([
    ['550 5.7.26 This mail is unauthenticated', 'dmarc'],
    ['550 SPF check failed', 'spf'],
    ['550 5.7.1 DKIM signature did not verify', 'dkim'],
    ['550 5.7.25 The IP address sending this message does not have a PTR record', 'ptr'],
    ['550 HELO command rejected: need fully-qualified hostname', 'helo'],
    ['530 5.7.0 Must issue a STARTTLS command first', 'tls'],
    ['550 5.1.8 Sender address rejected: Domain not found', 'sender_domain'],
    ['554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org', 'spamhaus'],
    ['450 4.2.0 Greylisted, see http://postgrey.example', 'greylist'],
    ['552 5.7.0 Virus infected message rejected', 'virus'],
    ['550 5.1.1 User unknown', null],
  ])('of %s is %s', (text, detail) => expect(causeOf({ text })?.detail).toBe(detail))
})

describe('the page for senders', () => {
  it.each<[Cause, string | null, string | undefined, string | null]>([
    ['authentication', null, 'gmail', 'https://support.google.com/a/answer/81126'],
    ['reputation', 'spamhaus', 'gmail', 'https://www.spamhaus.org/query'],
    ['reputation', 'sorbs', 'yahoo', 'https://senders.yahooinc.com/smtp-error-codes'],
    ['reputation', 'microsoft', 'other', 'https://sender.office.com'],
    ['content', 'virus', 'gmx', null],
    ['policy', null, 'constructor', null],
    ['no_mailbox', null, 'gmail', null],
    ['unreachable', null, 'gmail', null],
  ])('of %s (%s) at %s is %s', (cause, detail, provider, page) =>
    expect(pageOf({ cause, detail }, provider)).toBe(page),
  )
  it('is found by the provider that an answer names', () => {
    expect(providerIn('550 5.7.1 blocked - gsmtp')).toBe('gmail')
    expect(providerIn('550 no')).toBeUndefined()
  })
})

describe('what is known beside the text', () => {
  const firm = { cause: 'suppressed', detail: null, isFirm: true } as const
  const spam = { ...firm, cause: 'content' } as const
  const weak = { ...firm, cause: 'unreachable', isFirm: false } as const
  it.each<[string, Known, Cause | null]>([
    ['nothing', {}, null],
    ['a text that says nothing', { text: '550 5.7.1 Rejected' }, null],
    [
      'a code of the ESP that says less than the answer',
      { text: '550 5.7.26 x', enhancedCode: '5.0.0' },
      'authentication',
    ],
    ['a reply code alone', { smtpCode: '552' }, 'mailbox_full'],
    ['550 alone', { smtpCode: '550' }, null],
    ['421 alone', { smtpCode: '421' }, 'unreachable'],
    ['421 for security', { text: '421 4.7.0 Try again later' }, null],
    ['an imprecise code alone', { enhancedCode: '5.1.1' }, 'no_mailbox'],
    ['a text before an imprecise code', { text: 'user over quota', enhancedCode: '5.1.1' }, 'mailbox_full'],
    ['a precise code before a text', { text: 'user unknown', enhancedCode: '5.7.26' }, 'authentication'],
    ['a token before a precise code', { text: 'p=NoSuchUser', enhancedCode: '5.2.2' }, 'no_mailbox'],
    ['a range of Microsoft', { enhancedCode: '5.7.705' }, 'reputation'],
    ['beside that range', { enhancedCode: '5.7.750' }, null],
    ["the ESP's own list before all", { text: 'p=NoSuchUser', native: firm }, 'suppressed'],
    ["a precise code before the ESP's class", { text: '550-5.7.26 x', native: spam }, 'authentication'],
    ["a token before the ESP's class", { text: 'p=NoSuchUser', native: spam }, 'no_mailbox'],
    ["the ESP's class before texts", { text: '550 5.1.1 user unknown', native: spam }, 'content'],
    ["the ESP's weak word after texts", { text: 'user unknown', native: weak }, 'no_mailbox'],
    ["the ESP's weak word before a reply code", { smtpCode: '552', native: weak }, 'unreachable'],
    [
      'a code that is given before one in the text',
      { text: '550 5.1.1', enhancedCode: '5.2.2' },
      'mailbox_full',
    ],
    [
      "words of the recipient's provider",
      { text: '550 Mailbox unavailable or access denied', mailboxProvider: 'qq' },
      'rate_limited',
    ],
    ['the same words elsewhere', { text: '550 Mailbox unavailable or access denied' }, 'no_mailbox'],
  ])('%s', (_what, known, cause) => expect(causeOf(known)?.cause ?? null).toBe(cause))
})

describe('codes', () => {
  it.each([
    ['550 5.1.1 User unknown', '550', '5.1.1'],
    ['smtp; 550 5.1.1 user unknown', '550', '5.1.1'],
    ['Remote server returned: 550-5.1.1 no', '550', '5.1.1'],
    ['Invalid recipient (#5.1.1)', undefined, '5.1.1'],
    ['host a.example[192.0.2.1] said: 450 4.2.0 later; host b.example said: 550 5.1.1 no', '550', '5.1.1'],
    ['421 4.7.0 [TSS04] deferred - 4.16.55.1; see', '421', '4.7.0'],
    ['from 5.1.1.7 port 550', undefined, undefined],
    ['at 12:550', undefined, undefined],
    ['Exim 4.94.2 says no', undefined, undefined],
    ['552 messages wait', undefined, undefined],
    ['the limit is 500 messages an hour', undefined, undefined],
    ['sent (250 2.0.0 OK)', '250', '2.0.0'],
    ['550.', '550', undefined],
    ['', undefined, undefined],
  ])('of %s', (text, smtp, enhanced) => {
    expect(codesOf(text)).toEqual({
      ...(smtp === undefined ? {} : { smtp_code: smtp }),
      ...(enhanced === undefined ? {} : { enhanced_code: enhanced }),
    })
  })
})

it('names no cause that has no meaning', () => {
  for (const cause of CAUSES)
    expect(Object.values(meaningOf(cause)).slice(1).join(' ')).toMatch(/^[A-Z].*\.$/)
})

describe('whatever a stranger wrote', () => {
  /** Pieces that patterns begin with, so that each is tried far. */
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 3_000 }),
    fc
      .array(
        fc.constantFrom(
          '550 ',
          '5.1.1 ',
          '550-',
          ' said: ',
          '@',
          'a',
          '<',
          'domain ',
          'mailbox ',
          'http://',
          '\0',
          '\u202e',
        ),
      )
      .map((all) => all.join('')),
  )
  it('has a cause of the list or none', () =>
    fc.assert(
      fc.property(hostile, (text) => {
        const found = causeOf({ text })
        if (found !== null) expect(CAUSES).toContain(found.cause)
      }),
    ))

  it.each([
    ['codes', '550 5.1.1 User unknown ' + '5.7.26 dmarc 554 '.repeat(60_000)],
    ['control characters', '\u0001'.repeat(1_000_000)],
    ['hosts', 'host a.example [192.0.2.1]: '.repeat(40_000)],
    ['open brackets', '<('.repeat(500_000)],
    ['quoted classes', '5.1.0 - Unknown address error '.repeat(40_000)],
    ['servers that pass it on', ' said: '.repeat(150_000)],
  ])('is read no further than its first thousand characters: %s', (_what, long) => {
    expect(causeOf({ text: long })).toEqual(causeOf({ text: long.slice(0, 1_000) }))
    expect(codesOf(long)).toEqual(codesOf(long.slice(0, 1_000)))
  })

  it('leaves out who it names', () =>
    expect(causeOf({ text: '550 5.1.1 <spam-virus.quota@example.com>: unknown user' })?.cause).toBe(
      'no_mailbox',
    ))
})
