/** All drivers, by the name of their provider. A new one is a file and a row here. */
import { brevo } from './brevo.ts'
import { customerio } from './customerio.ts'
import type { Driver } from './driver.ts'
import { mailchimpMarketing } from './mailchimp-marketing.ts'
import { mailgun } from './mailgun.ts'
import { mailjet } from './mailjet.ts'
import { mandrill } from './mandrill.ts'
import { postmark } from './postmark.ts'
import { resend } from './resend.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses.ts'
import { sparkpost } from './sparkpost.ts'

export const DRIVERS: readonly Driver[] = [
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

const byProvider: ReadonlyMap<string, Driver> = new Map(DRIVERS.map((driver) => [driver.provider, driver]))

export const driverOf = (provider: string): Driver | undefined => byProvider.get(provider)
