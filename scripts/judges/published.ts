/** Signatures that others made and published, with the key. Whoever verifies them reads the scheme as their maker does. */
import type { Secret } from '../../src/registry/sources/source.ts'

export interface Published {
  readonly provider: string
  /** Where it stands. */
  readonly source: string
  /** Day on which it was signed. */
  readonly on: string
}

/** A signature that is verified here. */
export interface Vector extends Published {
  readonly slot: string
  readonly secret: Secret
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signedAtSeconds: number
}

const SYMFONY = 'symfony/symfony, src/Symfony/Component/Mailer/Bridge'

export const VECTORS: readonly Vector[] = [
  {
    provider: 'ahasend',
    source: `${SYMFONY}/AhaSend/Tests/Webhook@2be5ac2`,
    on: '2024-10-27',
    slot: 'signing_secret',
    secret: { kind: 'text', text: 'nxLe:L:fZLb7J_Wb3uFeWX/&z4Ed#9&DxPL%Ud&:jhpAW1gLaR%AEFwfKnwp60cC' },
    headers: {
      'webhook-id': '0WLfjto3SldBI7vODvV6y9XTAFcNLQeyLzj0ZM2YEDeLWOI43L0ulHgXwtVNu0pG',
      'webhook-timestamp': '1730057850',
      'webhook-signature': 'v1,/ILaCCEKLOaeH8rL9TT8zkgeoWwMnRy41JdwlVo5ZSk=',
    },
    body: JSON.stringify({
      type: 'message.reception',
      timestamp: '2024-10-27T19:37:30.92621021Z',
      data: {
        account_id: '4cdd7bdd-294e-4762-892f-83d40abf5a87',
        event: 'on_reception',
        from: 'info@example.com',
        recipient: 'someone@example.com',
        subject: 'Sample email for testing webhooks',
        message_id_header: 'message-id-header',
        user_agent: '',
        is_bot: '',
        id: 'ahasend-message-id',
      },
    }),
    signedAtSeconds: 1_730_057_850,
  },
  {
    provider: 'mailgun',
    source: `${SYMFONY}/Mailgun/Tests/Webhook/Fixtures/accepted.json`,
    on: '2022-08-27',
    slot: 'signing_key',
    secret: { kind: 'text', text: 'key-0p6mqbf74lb20gzq9f4dhpn9rg3zyk26' },
    headers: {},
    body: JSON.stringify({
      signature: {
        token: '885894756b6c371a377f5f9516d60a4db497ad27d4931ed215',
        timestamp: '1661621710',
        signature: '606307bb55b72686b1b2a2c8c37ae6e6ec89496592bac4a4eee5a346337d04a5',
      },
    }),
    signedAtSeconds: 1_661_621_710,
  },
  {
    provider: 'mailomat',
    source: `${SYMFONY}/Mailomat/Tests/Webhook/MailomatRequestParserTest.php@1730117`,
    on: '2024-06-10',
    slot: 'signing_secret',
    secret: { kind: 'text', text: 'NgD3IyUA0oLfkM5IyL8tdMNJeIYeBXOpAcnulN1du1aqh3jFbo766lKdJvMePUy5' },
    headers: {
      'x-mom-webhook-event': 'delivered',
      'x-mom-webhook-id': '1d958822-0934-4c6a-abc8-5defec4baa64',
      'x-mom-webhook-signature': 'sha256=1a1e3be272212aefe668db51231f54ba66759d6d4b9c5e03d4aa6825f8eb157c',
      'x-mom-webhook-timestamp': '1718004211',
    },
    body: '{}',
    signedAtSeconds: 1_718_004_211,
  },
  {
    provider: 'standard-webhooks',
    source: 'svix/svix-webhooks, javascript/src/webhook.test.ts',
    on: '2021-02-25',
    slot: 'signing_secret',
    secret: { kind: 'standard-webhooks', key: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' },
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    signedAtSeconds: 1_614_265_330,
  },
  {
    provider: 'sweego',
    source: `${SYMFONY}/Sweego/Tests/Webhook/SweegoSignedRequestParserTest.php@6eea157`,
    on: '2024-08-15',
    slot: 'signing_secret',
    secret: { kind: 'standard-webhooks', key: 'GvLY88Uyj70jQm3fUwYyWmAaiz98wWim' },
    headers: {
      'webhook-id': '9f26b9d0-13d7-410c-ba04-5019cd30e6d0',
      'webhook-timestamp': '1723737959',
      'webhook-signature': 'E1RfmN81xnbXMqDZUD0eJjPQEWmf24ft//gtV29bp18=',
    },
    body: `${JSON.stringify(
      {
        event_type: 'delivered',
        timestamp: '2024-08-15T16:05:59+00:00',
        swg_uid: '02-0d4affd0-1183-43b1-a980-ab30b3374dd3',
        event_id: '9f26b9d0-13d7-410c-ba04-5019cd30e6d0',
        channel: 'email',
        headers: {
          'x-campaign-type': 'default',
          'x-swg-uid': '01-f14sqdf65-fgh9b6-4160-bc45-fliolioa277ca9',
          'x-mailer': 'Sweego',
          'x-campaign-id': 'default',
          'x-client-id': '0c8cc711c85e4595953862',
          'x-originating-ip': 'XXX.XXX.XXX.XX',
          'x-email-id': '23',
          'x-transaction-id': 'd4fbec9d-eed9-44d5-af47-c1126467a5ca',
        },
        campaign_tags: null,
        campaign_type: 'transac',
        campaign_id: 'transac',
        recipient: 'recipient@example.com',
        domain_from: 'example.org',
      },
      undefined,
      4,
    )}\n`,
    signedAtSeconds: 1_723_737_959,
  },
]

/** Signatures that `npm run conformance` verifies: whole recorded deliveries, which are not in this repository. */
export const RECORDED: readonly Published[] = [
  {
    provider: 'mailersend',
    source: 'mailersend/mailersend-nodejs@0b1b677, src/__tests__/services/mailersend.utils.test.ts',
    on: '2022-09-08',
  },
  {
    provider: 'mailtrap',
    source: 'mailtrap/mailtrap-nodejs@eaab34a, src/__tests__/lib/webhooks/verify-signature.test.ts',
    on: '2024-05-18',
  },
  {
    provider: 'resend',
    source: `${SYMFONY}/Resend/Tests/Webhook/ResendRequestParserTest.php`,
    on: '2024-04-08',
  },
  {
    provider: 'sendgrid',
    source: 'sendgrid/sendgrid-nodejs, packages/eventwebhook/src/eventwebhook.spec.js',
    on: '2020-09-14',
  },
  {
    provider: 'ses',
    source: 'aws/aws-sdk-java-v2, services-custom/sns-message-manager/src/test/resources',
    on: '2026-03-06',
  },
]
