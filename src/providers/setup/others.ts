/** The set-up of the other ESPs whose pages were read. */
import { ALL_EVENTS, READ, type Setup } from './setup.ts'

const CHOSEN_BASIC = 'You choose a user name and a password, or let Postern make the password.'
const CHOSEN_QUERY =
  'The secret stands in the URL. Postern makes it, and shows the whole URL once: enter that one.'
const ONE_MAIL = 'Send one mail to yourself.'
const OTHER_WEBHOOK = 'The secret is that of another webhook: each has its own.'

type Words = Omit<Setup, 'read_on'>
const read = (words: Words, readOn = READ): Setup => ({ ...words, read_on: readOn })

export const OTHER_SETUPS: Readonly<Record<string, Setup>> = {
  mailgun: read({
    where: 'Send → Sending → Webhooks, for each domain',
    documentation: 'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
    steps: [
      'Choose the domain.',
      'For each kind of event, enter {url} as the URL. A kind takes up to three.',
      'Save. A change takes up to ten minutes.',
    ],
    slot: 'signing_key',
    key: 'Open **Account** → **API security**: the **HTTP webhook signing key**. It is one for the account, and no API key.',
    test: 'Press the test of the webhook: it is signed as every delivery.',
    causes: [
      'An API key was pasted in place of the HTTP webhook signing key.',
      'A subaccount signs with a key of its own.',
      'The change at Mailgun is younger than ten minutes.',
    ],
  }),
  resend: read({
    where: 'Webhooks → Add',
    page: 'https://resend.com/webhooks',
    documentation: 'https://resend.com/docs/dashboard/webhooks/introduction',
    steps: ['Add a webhook.', 'Enter {url} as **Endpoint URL**.', ALL_EVENTS, 'Save.'],
    slot: 'signing_secret',
    key: 'The **signing secret** stands on the page of the webhook. It begins with `whsec_`.',
    test: 'Press **Send test** on the page of the webhook, or send one mail to yourself.',
    causes: [OTHER_WEBHOOK, 'An API key (`re_`) was pasted in place of the signing secret.'],
  }),
  brevo: read({
    where: 'Transactional → Email → Settings → Webhook',
    page: 'https://app-smtp.brevo.com/webhook',
    documentation: 'https://developers.brevo.com/docs/how-to-use-webhooks',
    steps: [
      'Add a webhook there. The webhooks of campaigns are others: leave those.',
      'Enter {url} as **URL to call**.',
      'As its authentication, choose Basic and enter the user name and password of the source.',
      ALL_EVENTS,
      'Save.',
    ],
    slot: 'basic_auth',
    key: CHOSEN_BASIC,
    test: ONE_MAIL,
    causes: ['The webhook is one of campaigns, not of transactional mail.'],
  }),
  mailjet: read({
    where: 'Account → REST API → Event tracking (triggers)',
    page: 'https://app.mailjet.com/account/triggers',
    documentation: 'https://dev.mailjet.com/email/guides/webhooks/',
    steps: [
      'For each event, enter {url} with the user name and the password of the source in it: `https://user:password@…`.',
      'Switch on **group events**.',
      'Save.',
    ],
    slot: 'basic_auth',
    key: CHOSEN_BASIC,
    test: ONE_MAIL,
    causes: ['The URL of one event has no user name and password in it.'],
  }),
  sparkpost: read({
    where: 'Configuration → Webhooks',
    page: 'https://app.sparkpost.com/webhooks',
    documentation: 'https://developers.sparkpost.com/api/webhooks/',
    steps: [
      'Add the secret first: SparkPost sends a test when the webhook is made, and wants a 200.',
      'Create a webhook, and enter {url} as **Target URL**.',
      'Choose **Basic** authentication, with the user name and password of the source.',
      ALL_EVENTS,
      'Save.',
    ],
    slot: 'basic_auth',
    key: CHOSEN_BASIC,
    test: 'SparkPost sends a test by itself when you save. An event comes with the first mail.',
  }),
  mandrill: read({
    where: 'Settings → Webhooks → Add a Webhook',
    documentation: 'https://mailchimp.com/developer/transactional/docs/webhooks/',
    steps: [
      'Choose **Add a Webhook**.',
      ALL_EVENTS,
      'Enter {url} as **Post to URL**, character by character: it is part of what is signed.',
      'Save.',
    ],
    slot: 'webhook_key',
    key: 'The **key** stands in the list of webhooks, once the URL has answered.',
    test: 'Send one mail to yourself. The test that Mandrill sends when the webhook is made has another key.',
    causes: [
      'The URL at Mandrill differs from that of step 1, by a slash at the end or by http: it is signed.',
      OTHER_WEBHOOK,
    ],
  }),
  mailersend: read({
    where: 'Domains → Manage → Webhooks → Add webhook',
    page: 'https://app.mailersend.com/domains',
    documentation: 'https://developers.mailersend.com/api/v1/webhooks.html',
    steps: [
      'At your domain choose **Manage**, then **Webhooks** and **Add webhook**.',
      'Enter {url} as **Endpoint URL**, and choose version **2.0**. Version 1 ended on 1 December 2026.',
      ALL_EVENTS,
      'Save.',
    ],
    slot: 'signing_secret',
    key: 'The **signing secret** stands on the page of the webhook, after you saved it.',
    test: 'Open **Manage** → **Test webhook**, and choose an event.',
    causes: [
      OTHER_WEBHOOK,
      'The webhook is paused: MailerSend pauses one that failed twenty times in a day, and is reported not to repeat a refused delivery.',
    ],
  }),
  customerio: read({
    where: 'Data & Integrations → Integrations → Reporting Webhooks → Add',
    documentation: 'https://docs.customer.io/api/webhooks',
    steps: [
      'Enter {url} as **Webhook Endpoint**.',
      'Choose the events, and how often each is sent. Leave **body content** off.',
      'Save.',
    ],
    slot: 'signing_key',
    key: 'In the list of webhooks choose … → **Copy signing key**.',
    test: 'Press **Send test**.',
    causes: [OTHER_WEBHOOK],
  }),
  klaviyo: read({
    where: 'no page: the API alone, for customers of Advanced KDP and app partners',
    documentation: 'https://developers.klaviyo.com/en/docs/working_with_system_webhooks',
    steps: [
      'Make the secret first.',
      'Call `POST https://a.klaviyo.com/api/webhooks` with an API key that has the scope `webhooks:write`: `endpoint_url` is {url}, with the secret and the topics.',
    ],
    slot: 'signing_secret',
    key: 'You choose it, or let Postern make it.',
    test: ONE_MAIL,
  }),
  iterable: read({
    where: 'Integrations → System Webhooks → Create Webhook',
    documentation: 'https://support.iterable.com/hc/en-us/articles/208013936-System-Webhooks',
    steps: [
      'Press **Create Webhook**, and enter {url} as **Endpoint URL**.',
      'As its authentication, enter the token of the source.',
      ALL_EVENTS,
      'Then open **Edit**, switch on **Enabled**, and **Save**: a new webhook is off.',
    ],
    slot: 'auth_token',
    key: 'You choose a token, or let Postern make it.',
    test: ONE_MAIL,
    causes: ['The webhook is not enabled: a new one is off.'],
  }),
  loops: read({
    where: 'Settings → Webhooks',
    page: 'https://app.loops.so/settings?page=webhooks',
    documentation: 'https://loops.so/docs/webhooks',
    steps: ['Enter {url} as the URL. An account has one endpoint.', 'Switch on the events.', 'Save.'],
    slot: 'signing_secret',
    key: 'The **signing secret** stands on the same page. It begins with `whsec_`.',
    test: 'Send the test event of the same page.',
  }),
  elasticemail: read({
    where: 'Settings → Notifications',
    documentation: 'https://help.elasticemail.com/en/articles/4804685-notification-settings',
    steps: [
      'Add the secret first: it makes the URL with the secret in it, which begins with {url}.',
      'Enter that one as **Notification URL**. Elastic Email calls it at once, and wants a 200.',
      'Choose the events under **Notify on**, and save. Notifications need the PRO plan.',
    ],
    slot: 'query',
    key: CHOSEN_QUERY,
    test: ONE_MAIL,
    causes: ['The URL was entered without its secret.'],
  }),
  mailtrap: read({
    where: 'Settings → Webhooks → Add new webhook',
    documentation: 'https://help.mailtrap.io/article/102',
    steps: [
      'Press **Add new webhook**, and enter {url}.',
      'Choose the format **JSON**, not JSON Lines, and **Email Sending** with its stream and domain.',
      ALL_EVENTS,
      'Save.',
    ],
    slot: 'signing_secret',
    key: 'The **signature key** stands on the page of the webhook.',
    test: 'Press the test of the webhook.',
    causes: ['The format is JSON Lines: choose JSON.', OTHER_WEBHOOK],
  }),
  smtp2go: read({
    where: 'Settings → Webhooks → Manage → Add Webhook',
    documentation: 'https://developers.smtp2go.com/docs/setup-a-webhook',
    steps: [
      'Press **Add Webhook**, and enter {url}.',
      'Add an **Authorization** header: `Bearer` and the token of the source. Choose **JSON**.',
      'Choose the users and the events, and save.',
    ],
    slot: 'bearer_token',
    key: 'You choose a token, or let Postern make it.',
    test: 'Press **Test this webhook**.',
    causes: ['The Authorization header lacks the word Bearer.'],
  }),
  emailit: read({
    where: 'Email API → Webhooks → Add webhook',
    documentation: 'https://emailit.com/docs/webhooks/set-up',
    steps: [
      'Press **Add webhook**, and enter a name and {url}.',
      'Choose all events.',
      'Save, and copy the secret.',
    ],
    slot: 'signing_secret',
    key: 'The dialog shows the **secret** once. It begins with `whsec_`.',
    test: 'Press the test of the webhook.',
    causes: ['The secret was shown once and not copied: make the webhook again.'],
  }),
  postal: read({
    where: 'your mail server in Postal → Webhooks',
    documentation: 'https://docs.postalserver.io/developer/webhooks',
    steps: ['Add a webhook, and enter {url}.', ALL_EVENTS, 'Save.'],
    slot: 'public_key',
    key: 'Postal signs with the RSA key of the server. Its public half is what goes here.',
    test: ONE_MAIL,
  }),
  'unisender-go': read({
    where: 'Settings → Webhooks',
    documentation: 'https://godocs.unisender.ru/web-api-ref#webhook',
    steps: [
      'Add the secret first: Unisender Go calls the URL when the webhook is made active.',
      'Enter {url} as **Notification Url**, and choose the format **json_post**.',
      ALL_EVENTS,
      'Set **Active** last, and save.',
    ],
    slot: 'api_key',
    key: 'It signs with the **API key** of the account or project.',
    test: ONE_MAIL,
  }),
  mailerlite: read(
    {
      where: 'Integrations → Webhooks → Create webhook',
      page: 'https://dashboard.mailerlite.com/integrations/webhooks',
      documentation: 'https://developers.mailerlite.com/docs/webhooks',
      steps: [
        'Press **Create webhook**, and enter a name and {url}.',
        'Choose the events about unsubscribes, bounces and spam reports, and `subscriber.active`. Opens and clicks need a webhook that is batched.',
        'Choose those about groups only if a group stands for a consent: an automation that moves subscribers counts as well.',
        'Save.',
      ],
      slot: 'signing_secret',
      key: 'The **secret** stands on the page of the webhook: ten characters or so. It is no API token.',
      test: 'Unsubscribe an address of your own from a campaign.',
      causes: [OTHER_WEBHOOK, 'It is an account of MailerLite Classic, whose webhooks are others.'],
    },
    '2026-12-01',
  ),
  telnyx: read(
    {
      where: 'no page: the API alone, for each email domain',
      documentation: 'https://developers.telnyx.com/docs/messaging/email/webhooks-events',
      steps: [
        'Call `POST https://api.telnyx.com/v2/email_domains/{domain_id}/webhooks` with your API key: `url` is {url}.',
        'List each event in `events`, such as `email.sent`, `email.delivered`, `email.bounced`: there is no word for all of them.',
      ],
      slot: 'public_key',
      key: 'Open **Keys & Credentials** → **Public Key** in the Mission Control Portal: 44 characters, the same for all products.',
      test: ONE_MAIL,
      causes: [
        'An API key was pasted in place of the public key.',
        'The event is not in the list of the webhook, or the mail was sent from another domain.',
      ],
    },
    '2026-12-01',
  ),
}
