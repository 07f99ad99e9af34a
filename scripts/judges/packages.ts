/** Judges from npm: the vendors' own packages, and those of the standard that a vendor names. */
import { EventEmitter } from 'node:events'
import https from 'node:https'
import { Readable } from 'node:stream'
import { EventWebhook } from '@sendgrid/eventwebhook'
import { Webhook as LettermintWebhook } from 'lettermint'
import { Webhooks as MailChannelsWebhooks } from 'mailchannels-sdk'
import { MailerSendUtils } from 'mailersend/lib/services/mailersend.utils.js'
import { verifyWebhookSignature } from 'mailtrap'
import { Resend } from 'resend'
import SnsPayloadValidator from 'sns-payload-validator'
import MessageValidator from 'sns-validator'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import Telnyx from 'telnyx'
import type { Account } from '../../src/simulator/sender.ts'
import { type Answer, type Asked, type Judge, secretsOf, textOf } from './judge.ts'

/** @param verifies false or an exception is a refusal */
const judge =
  (verifies: (asked: Asked) => unknown): Judge =>
  async (asked) => {
    const answers: Answer[] = []
    for (const one of asked) {
      try {
        answers.push({ accepted: (await verifies(one)) !== false })
      } catch (cause) {
        answers.push({ accepted: false, why: String(cause) })
      }
    }
    return answers
  }

const secretOf = ({ account }: Asked, slot = 'signing_secret'): string => secretsOf(account)[slot] ?? ''
const header = ({ request }: Asked, name: string): string => request.headers[name] ?? ''

const standardWebhooks = judge((asked) =>
  new StandardWebhook(secretOf(asked)).verify(textOf(asked.request), asked.request.headers),
)
const svix = judge((asked) =>
  new SvixWebhook(secretOf(asked)).verify(textOf(asked.request), asked.request.headers),
)

type Message = Readonly<Record<string, string>>

/** The account serves the certificate, which a validator fetches once a URL. It wants one of the name `.pem`. */
const sns = (validate: (message: Message) => Promise<unknown>): Judge =>
  judge(async ({ account, request }) => {
    const message = JSON.parse(textOf(request)) as Message
    const served = account.serves?.[message['SigningCertURL'] ?? '']
    const { get } = https
    https.get = ((...args: unknown[]) => {
      const answer = args.at(-1) as (response: Readable) => void
      answer(Object.assign(Readable.from([Buffer.from(served ?? '')]), { statusCode: 200 }))
      return new EventEmitter()
    }) as unknown as typeof get
    try {
      await validate({
        ...message,
        SigningCertURL: message['SigningCertURL']?.replace(/\.crt$/, '.pem') ?? '',
      })
    } finally {
      https.get = get
    }
  })

const snsValidator = (hosts?: RegExp): Judge =>
  sns(
    (message) =>
      new Promise<void>((resolve, reject) => {
        new MessageValidator(hosts).validate(message, (error) => (error === null ? resolve() : reject(error)))
      }),
  )

/** The one key that a simulated MailChannels publishes. */
function publishedKey({ serves }: Account): string {
  const [published = '{}'] = Object.values(serves ?? {})
  return (JSON.parse(published) as { key?: string }).key ?? ''
}

/** By provider, the packages that check its proof. */
export const PACKAGES: Readonly<Record<string, Readonly<Record<string, Judge>>>> = {
  // Its key is the text of the secret, and its documentation names this package and option.
  ahasend: {
    standardwebhooks: judge((asked) =>
      new StandardWebhook(secretOf(asked), { format: 'raw' }).verify(
        textOf(asked.request),
        asked.request.headers,
      ),
    ),
  },
  bird: { standardwebhooks: standardWebhooks },
  lettermint: {
    lettermint: judge((asked) =>
      new LettermintWebhook(secretOf(asked)).verifyHeaders(asked.request.headers, textOf(asked.request)),
    ),
  },
  loops: { standardwebhooks: standardWebhooks },
  // The vendor's documentation uses this package, which is another's (Yizack/mailchannels).
  mailchannels: {
    'mailchannels-sdk': judge(({ account, request }) =>
      MailChannelsWebhooks.verify({
        payload: textOf(request),
        headers: request.headers,
        publicKey: publishedKey(account),
      }),
    ),
  },
  mailersend: {
    mailersend: judge((asked) =>
      MailerSendUtils.verifyWebHook(
        Buffer.from(asked.request.body),
        header(asked, 'signature'),
        secretOf(asked),
      ),
    ),
  },
  mailtrap: {
    mailtrap: judge((asked) =>
      verifyWebhookSignature(textOf(asked.request), header(asked, 'mailtrap-signature'), secretOf(asked)),
    ),
  },
  resend: {
    resend: judge((asked) =>
      new Resend('re_not_used').webhooks.verify({
        payload: textOf(asked.request),
        headers: {
          id: header(asked, 'svix-id'),
          timestamp: header(asked, 'svix-timestamp'),
          signature: header(asked, 'svix-signature'),
        },
        webhookSecret: secretOf(asked),
      }),
    ),
    svix,
  },
  'scaleway-tem': { 'sns-validator': snsValidator(/^messaging\.s3\.fr-par\.scw\.cloud$/) },
  sendgrid: {
    '@sendgrid/eventwebhook': judge((asked) => {
      const library = new EventWebhook()
      return library.verifySignature(
        library.convertPublicKeyToECDSA(secretOf(asked, 'public_key')),
        textOf(asked.request),
        header(asked, 'x-twilio-email-event-webhook-signature'),
        header(asked, 'x-twilio-email-event-webhook-timestamp'),
      )
    }),
  },
  ses: {
    'sns-payload-validator': sns((message) => new SnsPayloadValidator().validate(JSON.stringify(message))),
    'sns-validator': snsValidator(),
  },
  'standard-webhooks': { standardwebhooks: standardWebhooks, svix },
  telnyx: {
    telnyx: judge((asked) =>
      Telnyx('not used').webhooks.constructEvent(
        textOf(asked.request),
        header(asked, 'telnyx-signature-ed25519'),
        header(asked, 'telnyx-timestamp'),
        secretOf(asked, 'public_key'),
      ),
    ),
  },
}

export const VENDORS_OWN: readonly string[] = [
  '@sendgrid/eventwebhook',
  'lettermint',
  'mailersend',
  'mailtrap',
  'resend',
  'telnyx',
]
