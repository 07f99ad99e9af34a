/** All fakes, by the name of their provider. Each driver has one. */
import { brevo } from './brevo.ts'
import { customerio } from './customerio.ts'
import type { Fake } from './fake.ts'
import { mailchimpMarketing } from './mailchimp-marketing.ts'
import { mailgun } from './mailgun.ts'
import { mailjet } from './mailjet.ts'
import { mandrill } from './mandrill.ts'
import { postmark } from './postmark.ts'
import { resend } from './resend.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses.ts'
import { sparkpost } from './sparkpost.ts'

export const FAKES: readonly Fake[] = [
  brevo,
  customerio,
  mailchimpMarketing,
  mailgun,
  mailjet,
  mandrill,
  postmark,
  resend,
  sendgrid,
  ses,
  sparkpost,
]
