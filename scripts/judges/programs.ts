/** Judges from Debian: the webhook views of django-anymail, and the parsers of Symfony's mailer bridges. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import type { Account } from '../../src/simulator/sender.ts'
import { type Answer, type Asked, type Judge, basicAuthOf, secretsOf } from './judge.ts'

export interface Program {
  readonly name: string
  /** Packages of Debian. */
  readonly packages: string
  /** Command that ends well where it is installed. */
  readonly probe: readonly string[]
  /** By provider, its judge. */
  readonly judges: ReadonlyMap<string, Judge>
  /** The providers whose proof it does not check, but whose events it reads. */
  readonly onlyRead: readonly string[]
}

const URL_HERE = 'https://postern.example/hooks/suite'

/** Input of the program besides the request. */
type Told = (account: Account) => object

function judge(command: readonly string[], told: Told): Judge {
  return async (asked) => {
    const input = asked.map((one) => JSON.stringify({ ...told(one.account), ...requestOf(one) })).join('\n')
    const [file = '', ...args] = command
    const { stdout, stderr } = spawnSync(file, args, { input, encoding: 'utf8', maxBuffer: 1e8 })
    const answers = stdout.split('\n').filter((line) => line !== '')
    if (answers.length !== asked.length) throw new Error(`${command.join(' ')}: ${stderr}`)
    return answers.map((line) => JSON.parse(line) as Answer)
  }
}

const publicUrlOf = ({ document: { publicUrl } }: Account): string =>
  typeof publicUrl === 'string' ? publicUrl : URL_HERE

const requestOf = ({ account, request }: Asked): object => ({
  url: publicUrlOf(account) + request.query,
  headers: request.headers,
  body: Buffer.from(request.body).toString('base64'),
})

interface View {
  readonly view: string
  readonly settings: (account: Account) => Readonly<Record<string, string>>
}

const byBasicAuth = (view: string): View => ({
  view,
  settings: (account) => ({ WEBHOOK_SECRET: basicAuthOf(account) }),
})
const bySecret = (view: string, setting: string, slot: string): View => ({
  view,
  settings: (account) => ({ [setting]: secretsOf(account)[slot] ?? '' }),
})
/** A view that reads, and whose check of the proof is another's or none. */
const withoutProof = (view: string): View => ({ view, settings: () => ({}) })

const VIEWS: Readonly<Record<string, View>> = {
  brevo: byBasicAuth('brevo.BrevoTrackingWebhookView'),
  mailersend: bySecret(
    'mailersend.MailerSendTrackingWebhookView',
    'MAILERSEND_SIGNING_SECRET',
    'signing_secret',
  ),
  mailgun: bySecret('mailgun.MailgunTrackingWebhookView', 'MAILGUN_WEBHOOK_SIGNING_KEY', 'signing_key'),
  mailjet: byBasicAuth('mailjet.MailjetTrackingWebhookView'),
  mandrill: {
    view: 'mandrill.MandrillCombinedWebhookView',
    settings: (account) => ({
      MANDRILL_WEBHOOK_KEY: secretsOf(account)['webhook_key'] ?? '',
      MANDRILL_WEBHOOK_URL: publicUrlOf(account),
    }),
  },
  postal: bySecret('postal.PostalTrackingWebhookView', 'POSTAL_WEBHOOK_KEY', 'public_key'),
  postmark: byBasicAuth('postmark.PostmarkTrackingWebhookView'),
  resend: withoutProof('resend.ResendTrackingWebhookView'),
  sendgrid: withoutProof('sendgrid.SendGridTrackingWebhookView'),
  sparkpost: byBasicAuth('sparkpost.SparkPostTrackingWebhookView'),
  'unisender-go': bySecret('unisender_go.UnisenderGoTrackingWebhookView', 'UNISENDER_GO_API_KEY', 'api_key'),
}

interface Bridge {
  readonly bridge: string
  readonly secretOf: (account: Account) => string
  /** An address of the ESP, where the parser lets in no other. */
  readonly address?: string
}

// Mailjet's parser is left out: it takes no array, which is version 2 of the events.
const BRIDGES: Readonly<Record<string, Bridge>> = {
  brevo: { bridge: 'Brevo', secretOf: basicAuthOf, address: '1.179.112.1' },
  mailgun: { bridge: 'Mailgun', secretOf: (account) => secretsOf(account)['signing_key'] ?? '' },
  postmark: { bridge: 'Postmark', secretOf: basicAuthOf, address: '3.134.147.250' },
  sendgrid: { bridge: 'Sendgrid', secretOf: (account) => secretsOf(account)['public_key'] ?? '' },
}

const scriptOf = (name: string): string => path.join(import.meta.dirname, name)
// Debian's own Python, whatever else is on the path.
const PYTHON = '/usr/bin/python3'

export const PROGRAMS: readonly Program[] = [
  {
    name: 'django-anymail',
    packages: 'python3-django-anymail python3-cryptography',
    probe: [PYTHON, '-c', 'import anymail, cryptography'],
    judges: new Map(
      Object.entries(VIEWS).map(([provider, { view, settings }]) => [
        provider,
        judge([PYTHON, scriptOf('by-anymail.py')], (account) => ({ view, settings: settings(account) })),
      ]),
    ),
    onlyRead: ['resend', 'sendgrid'],
  },
  {
    name: "Symfony's mailer bridges",
    packages: `php-cli php-symfony-webhook ${Object.keys(BRIDGES)
      .map((provider) => `php-symfony-${provider}-mailer`)
      .join(' ')}`,
    probe: ['php', '-r', 'require "Symfony/Component/Webhook/autoload.php";'],
    judges: new Map(
      Object.entries(BRIDGES).map(([provider, { bridge, secretOf, address = '192.0.2.1' }]) => [
        provider,
        judge(['php', scriptOf('by-symfony.php')], (account) => ({
          bridge,
          secret: secretOf(account),
          address,
        })),
      ]),
    ),
    onlyRead: [],
  },
]
