/** Causes by what each ESP calls a failure, beside the words of the server. */
import { expect, it } from 'vitest'
import type { Cause } from '../../src/event/cause/causes.ts'
import { alibabaDirectMail } from '../../src/providers/alibaba-directmail.ts'
import { azureAcs } from '../../src/providers/azure-acs.ts'
import { brevo } from '../../src/providers/brevo.ts'
import { elasticemail } from '../../src/providers/elasticemail.ts'
import { forwardEmail } from '../../src/providers/forward-email.ts'
import { iterable } from '../../src/providers/iterable.ts'
import { mailgun } from '../../src/providers/mailgun.ts'
import { mailjet } from '../../src/providers/mailjet.ts'
import { mailtrap } from '../../src/providers/mailtrap.ts'
import { mandrill } from '../../src/providers/mandrill.ts'
import { postmark } from '../../src/providers/postmark.ts'
import { resend } from '../../src/providers/resend.ts'
import { scalewayTem } from '../../src/providers/scaleway-tem.ts'
import { sendgrid } from '../../src/providers/sendgrid.ts'
import { ses } from '../../src/providers/ses.ts'
import type { Provider } from '../../src/providers/shared/provider.ts'
import { sparkpost } from '../../src/providers/sparkpost.ts'
import { unisenderGo } from '../../src/providers/unisender-go.ts'
import { eventsOf } from '../../src/providers/shared/understand.ts'
import { FACTS } from './judge.ts'
import { bodyOf } from './natives.ts'

const TO = 'ada@example.com'
const bounceOfSes = (bounceType: string, bounceSubType: string, diagnosticCode?: string) => ({
  id: '1',
  event: {
    eventType: 'Bounce',
    mail: { messageId: 'm' },
    bounce: { bounceType, bounceSubType, bouncedRecipients: [{ emailAddress: TO, diagnosticCode }] },
  },
})
const failedAtMailgun = (reason: string, message?: string) => ({
  'event-data': {
    event: 'failed',
    id: 'e',
    severity: 'permanent',
    reason,
    recipient: TO,
    'delivery-status': { message },
  },
})
const bounceOfPostmark = (Type: string, Details?: string) => ({
  RecordType: 'Bounce',
  ID: 1,
  Email: TO,
  Type,
  Details,
})
const bounceOfMailjet = (error: string, comment?: string) => ({
  event: 'bounce',
  email: TO,
  error,
  comment,
  hard_bounce: true,
})

const complaintOfSes = (complaintFeedbackType: string, complaintSubType?: string) => ({
  id: '1',
  event: {
    eventType: 'Complaint',
    mail: { messageId: 'm' },
    complaint: { complaintFeedbackType, complaintSubType, complainedRecipients: [{ emailAddress: TO }] },
  },
})
const failedAtUnisender = (delivery_status: string, destination_response?: string) => ({
  event_name: 'transactional_email_status',
  event_data: {
    job_id: 'j',
    email: TO,
    status: 'hard_bounced',
    delivery_info: { delivery_status, destination_response },
  },
})

const ROWS: readonly (readonly [Provider, item: object, cause: Cause | null])[] = [
  [
    sendgrid,
    { event: 'bounce', email: TO, bounce_classification: 'Reputation', reason: '550 no' },
    'reputation',
  ],
  [
    sendgrid,
    { event: 'bounce', email: TO, bounce_classification: 'Technical Failure', reason: '550 user unknown' },
    'no_mailbox',
  ],
  [sendgrid, { event: 'bounce', email: TO, bounce_classification: 'Technical Failure' }, 'unreachable'],
  [
    sendgrid,
    { event: 'bounce', email: TO, bounce_classification: 'Mailbox Unavailable', reason: '552 5.2.2 full' },
    'mailbox_full',
  ],
  [sendgrid, { event: 'dropped', email: TO, reason: 'Unsubscribed Address' }, 'unsubscribed'],
  [sendgrid, { event: 'dropped', email: TO, reason: 'Bounced Address' }, 'suppressed'],
  [sendgrid, { event: 'dropped', email: TO, reason: 'Invalid' }, 'no_mailbox'],
  [sendgrid, { event: 'dropped', email: TO, reason: 'Invalid SMTPAPI header' }, 'malformed'],
  [sendgrid, { event: 'dropped', email: TO, reason: 'Recipient List over Package Quota' }, 'rate_limited'],
  [sendgrid, { event: 'delivered', email: TO, response: '250 2.0.0 user unknown' }, null],
  [ses, bounceOfSes('Permanent', 'General'), 'no_mailbox'],
  [ses, bounceOfSes('Permanent', 'General', 'smtp; 550 5.7.26 unauthenticated'), 'authentication'],
  [ses, bounceOfSes('Permanent', 'OnAccountSuppressionList'), 'suppressed'],
  [ses, bounceOfSes('Permanent', 'NoEmail'), null],
  [ses, bounceOfSes('Transient', 'MailboxFull'), 'mailbox_full'],
  [ses, bounceOfSes('Transient', 'General'), null],
  [ses, complaintOfSes('abuse'), null],
  [ses, complaintOfSes('auth-failure'), 'authentication'],
  [ses, complaintOfSes('virus'), 'content'],
  [ses, complaintOfSes('abuse', 'OnAccountSuppressionList'), 'suppressed'],
  [
    resend,
    {
      type: 'email.bounced',
      data: { to: [TO], bounce: { type: 'Permanent', subType: 'Suppressed', message: 'listed' } },
    },
    'suppressed',
  ],
  [mailgun, failedAtMailgun('suppress-unsubscribe', 'Not delivering'), 'unsubscribed'],
  [mailgun, failedAtMailgun('old', '452 4.2.2 mailbox full'), 'mailbox_full'],
  [mailgun, failedAtMailgun('generic', 'No MX for example.invalid'), 'no_domain'],
  [postmark, bounceOfPostmark('SpamNotification'), 'content'],
  [postmark, bounceOfPostmark('DMARCPolicy'), 'authentication'],
  [postmark, bounceOfPostmark('Blocked', '550 5.7.1 user unknown'), 'no_mailbox'],
  [
    sparkpost,
    { msys: { message_event: { type: 'bounce', bounce_class: '22', rcpt_to: TO } } },
    'mailbox_full',
  ],
  [sparkpost, { msys: { message_event: { type: 'bounce', bounce_class: '1', rcpt_to: TO } } }, null],
  [
    mandrill,
    { event: 'hard_bounce', msg: { _id: 'm', email: TO, bounce_description: 'invalid_domain' } },
    'no_domain',
  ],
  [mandrill, { event: 'reject', msg: { _id: 'm', email: TO, reject: { reason: 'unsub' } } }, 'unsubscribed'],
  [mailjet, bounceOfMailjet('user unknown'), 'no_mailbox'],
  [mailjet, bounceOfMailjet('user unknown', 'Host or domain name not found'), 'no_domain'],
  [mailjet, bounceOfMailjet('content blocked'), 'content'],
  [mailtrap, { event: 'bounce', email: TO, bounce_category: 'badsender' }, 'authentication'],
  [elasticemail, { status: 'Error', to: TO, category: 'SPFProblem' }, 'authentication'],
  [
    azureAcs,
    {
      eventType: 'Microsoft.Communication.EmailDeliveryReportReceived',
      id: '1',
      data: { recipient: TO, messageId: 'm', status: 'Suppressed' },
    },
    'suppressed',
  ],
  [scalewayTem, { id: 'm', event: { type: 'email_mailbox_not_found', email_to: TO } }, 'no_mailbox'],
  [scalewayTem, { id: 'm', event: { type: 'email_spam', email_to: TO } }, 'content'],
  [
    scalewayTem,
    { id: 'm', event: { type: 'email_dropped', email_to: TO, email_response_message: '552 5.2.2 full' } },
    'mailbox_full',
  ],
  [
    iterable,
    { eventName: 'emailBounce', email: TO, dataFields: { recipientState: 'MailBlock' } },
    'reputation',
  ],
  [
    iterable,
    {
      eventName: 'emailBounce',
      email: TO,
      dataFields: { recipientState: 'MailBlock', bounceMessage: '550 5.7.26 unauthenticated' },
    },
    'authentication',
  ],
  [
    alibabaDirectMail,
    { id: '1', type: 'dm:Deliver:Fail', data: { rcpt: TO, status: '3', err_msg: '550' } },
    'content',
  ],
  [
    alibabaDirectMail,
    {
      id: '1',
      type: 'dm:Deliver:Fail',
      data: { rcpt: TO, status: '4', failed_type: 'SysOutRecipientUnsubscribed' },
    },
    'unsubscribed',
  ],
  [forwardEmail, { email_id: 'm', recipient: TO, bounce: { category: 'recipient' } }, 'no_mailbox'],
  [
    forwardEmail,
    { email_id: 'm', recipient: TO, bounce: { category: 'block', message: '550 5.7.25 PTR' } },
    'authentication',
  ],
  [brevo, { event: 'invalid_email', email: TO, 'message-id': 'm' }, 'no_mailbox'],
  [
    brevo,
    { event: 'blocked', email: TO, 'message-id': 'm', reason: 'blocked : due to unsubscribed' },
    'unsubscribed',
  ],
  [brevo, { event: 'blocked', email: TO, 'message-id': 'm', reason: 'blocked' }, 'suppressed'],
  [unisenderGo, failedAtUnisender('err_user_inactive'), 'mailbox_disabled'],
  [unisenderGo, failedAtUnisender('err_giveup', '421 4.7.0 [TSS04] deferred'), 'reputation'],
  [unisenderGo, failedAtUnisender('skip_dup_mailbox_full'), 'suppressed'],
]

it.each(ROWS.map(([provider, ...row]) => [provider.name, ...row, provider] as const))(
  '%s reads %j as %s',
  async (_name, item, cause, provider) => {
    const [event] = (await eventsOf(provider, item, bodyOf(''), FACTS(provider.name))) ?? []
    expect(event?.cause).toBe(cause)
  },
)
