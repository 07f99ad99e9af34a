/** The only list of simulated ESPs, by provider name. A new one needs a file and a row here. */
import type { Sender } from '../sender.ts'
import { ahasend } from './ahasend.ts'
import { alibabaDirectMail } from './alibaba-directmail.ts'
import { azureAcs } from './azure-acs.ts'
import { bird } from './bird.ts'
import { braze } from './braze.ts'
import { brevo } from './brevo.ts'
import { customerio } from './customerio.ts'
import { elasticemail } from './elasticemail.ts'
import { emailit } from './emailit.ts'
import { forwardEmail } from './forward-email.ts'
import { generic } from './generic.ts'
import { iterable } from './iterable.ts'
import { klaviyo } from './klaviyo.ts'
import { lettermint } from './lettermint.ts'
import { loops } from './loops.ts'
import { mailchimpMarketing } from './mailchimp-marketing.ts'
import { maileroo } from './maileroo.ts'
import { mailersend } from './mailersend.ts'
import { mailgun } from './mailgun.ts'
import { mailjet } from './mailjet.ts'
import { mailomat } from './mailomat.ts'
import { mailpace } from './mailpace.ts'
import { mailtrap } from './mailtrap.ts'
import { mandrill } from './mandrill.ts'
import { netcore } from './netcore.ts'
import { plunk } from './plunk.ts'
import { postal } from './postal.ts'
import { postmark } from './postmark.ts'
import { resend } from './resend.ts'
import { salesforceEns } from './salesforce-ens.ts'
import { scalewayTem } from './scaleway-tem.ts'
import { sendgrid } from './sendgrid.ts'
import { ses } from './ses.ts'
import { smtp2go } from './smtp2go.ts'
import { sparkpost } from './sparkpost.ts'
import { standardWebhooks } from './standard-webhooks.ts'
import { sweego } from './sweego.ts'
import { tencentSes } from './tencent-ses.ts'
import { unisenderGo } from './unisender-go.ts'
import { zeptomail } from './zeptomail.ts'

export const SENDERS: readonly Sender[] = [
  ahasend,
  alibabaDirectMail,
  azureAcs,
  bird,
  braze,
  brevo,
  customerio,
  elasticemail,
  emailit,
  forwardEmail,
  generic,
  iterable,
  klaviyo,
  lettermint,
  loops,
  mailchimpMarketing,
  maileroo,
  mailersend,
  mailgun,
  mailjet,
  mailomat,
  mailpace,
  mailtrap,
  mandrill,
  netcore,
  plunk,
  postal,
  postmark,
  resend,
  salesforceEns,
  scalewayTem,
  sendgrid,
  ses,
  smtp2go,
  sparkpost,
  standardWebhooks,
  sweego,
  tencentSes,
  unisenderGo,
  zeptomail,
]

const byProvider: ReadonlyMap<string, Sender> = new Map(SENDERS.map((sender) => [sender.provider, sender]))

export const senderNamed = (provider: string): Sender | undefined => byProvider.get(provider)
