/** The only list of providers. What else a new one needs is in CONTRIBUTING.md. */
import { ahasend } from './ahasend.ts'
import { alibabaDirectMail } from './alibaba-directmail.ts'
import { azureAcs } from './azure-acs.ts'
import { bird } from './bird.ts'
import { braze } from './braze.ts'
import { brevo } from './brevo.ts'
import { cloudflareEmail } from './cloudflare-email.ts'
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
import type { Provider } from './shared/provider.ts'
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

export const PROVIDERS: readonly Provider[] = [
  ahasend,
  alibabaDirectMail,
  azureAcs,
  bird,
  braze,
  brevo,
  cloudflareEmail,
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

const byName: ReadonlyMap<string, Provider> = new Map(PROVIDERS.map((provider) => [provider.name, provider]))

export const providerNamed = (name: string): Provider | undefined => byName.get(name)
