/** The set-up of the ESPs that most people use, and of senders of one's own. */
import { ALL_EVENTS, type SetupWords } from './setup.ts'

export const FIRST_SETUPS: Readonly<Record<string, SetupWords>> = {
  sendgrid: {
    where: 'Settings → Mail Settings → Event Webhook',
    page: 'https://app.sendgrid.com/settings/mail_settings',
    documentation:
      'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook',
    steps: [
      'Enter {url} as **Post URL**.',
      ALL_EVENTS,
      'Switch on **Signed Event Webhook**. Leave OAuth off: the signature is enough.',
      'Save.',
    ],
    slot: 'public_key',
    key: 'SendGrid shows the **public key** after you save with signing on. It begins with `MFkwEwYH`.',
    test: 'Press **Test Your Integration** on the same page.',
    causes: [
      'The key is that of another webhook: each has its own, and switching signing off and on makes a new one.',
      'A proxy in front of Postern wrote the body anew: the signature covers every byte of it.',
    ],
  },
  ses: {
    where: 'SES → Configuration sets → your set → Event destinations, and SNS → Topics',
    documentation:
      'https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html',
    steps: [
      'In SNS, create a topic of the type **Standard**, and copy its ARN.',
      'In SES, open **Configuration sets** → your set → **Event destinations** → **Add destination**. Choose the event types, and the topic under **Amazon SNS**.',
      'Add the ARN as the secret before you go on: Postern confirms the subscription of a topic that it knows.',
      'At the topic, choose **Create subscription**, protocol **HTTPS**, and {url} as the endpoint. Leave **Enable raw message delivery** off: raw messages have no signature.',
    ],
    slot: 'topic_arns',
    key: 'SNS signs with a certificate of its own. The ARN of your topic says which messages are yours: `arn:aws:sns:eu-west-1:123456789012:ses-events`.',
    test: 'Send one mail to `success@simulator.amazonses.com` with this configuration set.',
    causes: [
      'The subscription says **Pending confirmation**: choose **Request confirmation** at SNS.',
      'The mail was sent without the configuration set.',
      'Raw message delivery is on.',
      'The topic is another one than the ARN names.',
    ],
  },
  postmark: {
    where: 'Server → a message stream → Webhooks → Add webhook',
    page: 'https://account.postmarkapp.com/servers',
    documentation: 'https://postmarkapp.com/developer/webhooks/webhooks-overview',
    steps: [
      'Enter {url} as the URL.',
      'Under **Basic auth credentials** enter the user name and the password of the source.',
      `${ALL_EVENTS} Postmark has no event for a message that was only sent.`,
      'Save. Postmark tries each event then, and saves only if each gets a 200. Each message stream has webhooks of its own: do the same for each.',
    ],
    slot: 'basic_auth',
    key: 'Postmark signs nothing. It presents a user name and a password, which you choose.',
    test: 'Press the test of the webhook, before you save or after.',
    causes: [
      'The user name or the password differs: enter both again.',
      'The mail used another message stream.',
      'Postmark pauses a type of event that failed for long: verify the webhook there again.',
    ],
  },
  generic: {
    where: 'your own program',
    steps: [
      'POST a JSON array of events to {url}, with `content-type: application/json`.',
      'Sign the time, a dot and the body with HMAC-SHA256, and send `x-webhook-signature: sha256=<hex>` and `x-webhook-timestamp: <unix seconds>`.',
      'Retry until the answer is 2xx: the same body, signed again with a new time.',
    ],
    slot: 'hmac',
    key: 'A secret that both sides know. Postern generates one, and shows it once.',
    test: 'Send one event from a shell, with the secret in `SECRET`:',
    example: [
      'at=$(date -u +%FT%TZ)',
      `body='[{"event_type":"email.delivered","timestamp":"'$at'","data":{"message_id":"m-1","recipient":"ada@example.com","timestamp":"'$at'"}}]'`,
      'time=$(date +%s)',
      `signature=$(printf '%s.%s' "$time" "$body" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)`,
      `curl {url} -H 'content-type: application/json' -H "x-webhook-timestamp: $time" -H "x-webhook-signature: sha256=$signature" -d "$body"`,
    ].join('\n'),
    causes: [
      'The body was signed in another form than it was sent: sign the bytes, not the object.',
      'The clock of the sender is wrong by more than five minutes.',
      'The secret was copied with a space or a line break.',
    ],
  },
}
