/**
 * Where the facts about each ESP come from, and when somebody last compared them with our code. The looks of November and December
 * 2026 read stored copies of pages and repositories.
 */

export interface Freshness {
  /** Day of the last look; also the day of the words in `setup/`. */
  readonly lookedOn: string
  /** Addresses, and repositories at a commit with its day. */
  readonly sources: readonly string[]
}

const look = (lookedOn: string, ...sources: readonly string[]): Freshness => ({ lookedOn, sources })

/** The round in which all ESPs but a few were looked at. */
const LAST_ROUND = '2026-12-01'
const round = (...sources: readonly string[]): Freshness => look(LAST_ROUND, ...sources)

export const FRESHNESS: Readonly<Record<string, Freshness>> = {
  ahasend: round(
    'https://ahasend.com/docs/webhooks/security',
    'AhaSend/ahasend-go@cdd31bd, 2026-08-06',
    'AhaSend/docs@ae256e3',
    'api-evangelist/ahasend@138b579',
  ),
  'alibaba-directmail': round(
    'https://help.aliyun.com/en/eventbridge/user-guide/signature-algorithm',
    'https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type',
  ),
  'azure-acs': round(
    'https://learn.microsoft.com/azure/event-grid/communication-services-email-events',
    'npm @azure/eventgrid 5.12.0',
  ),
  bird: round(
    'https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription',
    'https://bird.com/docs/webhooks',
    'messagebird/bird-sdk-go@01144c2',
    'messagebird/bird-ai@342c33d',
  ),
  braze: round('https://www.braze.com/docs/user_guide/channels/transactional_email/tracking'),
  brevo: round(
    'https://developers.brevo.com/docs/how-to-use-webhooks',
    'https://help.brevo.com/hc/en-us/articles/27824932835474',
    'getbrevo/brevo-node@c353d32, 2026-03-05',
  ),
  'cloudflare-email': round(
    'https://developers.cloudflare.com/email-service/platform/event-subscriptions/',
    'cloudflare/cloudflare-docs@f1867b7',
  ),
  customerio: round('https://docs.customer.io/api/webhooks', 'api-evangelist/customer-io, 2026-08-22'),
  elasticemail: round('https://help.elasticemail.com/en/articles/4804685-notification-settings'),
  emailit: round('https://emailit.com/docs/webhooks/webhook-requests', 'emailit/emailit-node@08aba40'),
  'forward-email': round('knadh/listmonk, internal/bounce/webhooks/forwardemail.go'),
  iterable: look(
    '2026-11-29',
    'https://support.iterable.com/hc/en-us/articles/208013936-System-Webhooks',
    'https://support.iterable.com/hc/en-us/articles/28534979433236-Email-Bounce-Event-Properties',
  ),
  klaviyo: round(
    'https://developers.klaviyo.com/en/docs/working_with_system_webhooks',
    'api-evangelist/klaviyo@2ed7729, 2026-08-22',
    'nickdnk/klaviyo-php-sdk@39f4235',
  ),
  lettermint: round(
    'https://lettermint.co/docs/platform/webhooks/events',
    'lettermint/lettermint-node@f3fa9d6, 2026-07-07',
    'lettermint/lettermint-laravel@263a6e3',
  ),
  loops: round(
    'https://loops.so/docs/webhooks',
    'Loops-so/loops-go@4e7d5bc',
    'api-evangelist/loops@9512d48, 2026-08-22',
  ),
  mailchannels: round(
    'https://docs.mailchannels.com/email-api/webhooks',
    'https://docs.mailchannels.com/email-api/webhook-event-types',
    'https://docs.mailchannels.com/email-api/webhook-schema',
    'npm mailchannels-sdk 0.7.11',
  ),
  'mailchimp-marketing': round(
    'https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/',
    'api-evangelist/mailchimp@649b1e6, 2026-08-22',
  ),
  mailerlite: round(
    'https://developers.mailerlite.com/docs/webhooks',
    'https://www.mailerlite.com/help/subscriber-statuses-explained',
  ),
  maileroo: round('https://maileroo.com/docs/api-reference/emails/webhooks'),
  mailersend: round(
    'https://developers.mailersend.com/api/v1/webhooks.html',
    'mailersend/mailersend-nodejs@0b1b677',
    'https://github.com/anymail/django-anymail/pull/490',
    'https://github.com/symfony/symfony/pull/63915',
  ),
  mailgun: round(
    'https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks',
    'mailgun/mailgun-go@d7f2dd4, 2026-07-18',
  ),
  mailjet: round('https://dev.mailjet.com/email/guides/webhooks/', 'mailjet/api-documentation@3a446e6, 2023'),
  mailomat: round('https://api.mailomat.swiss/docs/#tag/webhook-security', 'symfony/symfony@1730117'),
  mailpace: round('https://docs.mailpace.com/guide/webhooks/', 'mailpace/docs@fd42f5c, 2025-06-19'),
  mailtrap: round('mailtrap/mailtrap-docs, 2026-08', 'mailtrap/mailtrap-nodejs@eaab34a'),
  mandrill: round(
    'https://mailchimp.com/developer/transactional/docs/webhooks/',
    'api-evangelist/mailchimp@649b1e6, 2026-08-22',
  ),
  netcore: round(
    'https://emaildocs.netcorecloud.com/docs/repository-outline',
    'https://netcore.freshdesk.com/support/solutions/articles/17000065657-how-to-configure-webhooks-',
  ),
  plunk: look('2026-11-25', 'https://docs.useplunk.com/guides/webhooks', 'useplunk/plunk@7d60087'),
  postal: round('https://docs.postalserver.io/developer/webhooks', 'postalserver/postal@8ef8960, 2026-04'),
  postmark: round(
    'https://postmarkapp.com/developer/webhooks/webhooks-overview',
    'ActiveCampaign/postmark-skills@1d8f368',
  ),
  resend: round(
    'https://resend.com/docs/dashboard/webhooks/introduction',
    'resend/resend-openapi@fd6f395, 2026-08-21',
  ),
  'salesforce-ens': round(
    'https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/ens-notification-signing.html',
    'https://developer.salesforce.com/docs/marketing/marketing-cloud/guide/ens-retries-suspensions.html',
    'https://developer.salesforce.com/docs/marketing/marketing-cloud/references/mc_rest_event_notification/createCallback.html',
  ),
  'scaleway-tem': round(
    'https://www.scaleway.com/en/docs/topics-and-events/reference-content/verifying-webhooks/',
    'scaleway/docs-content@068d774',
  ),
  sendgrid: round(
    'https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event',
    'twilio/sendgrid-oai@dbe0e0d, 2026-01-22',
  ),
  ses: round(
    'https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html',
    'boto/botocore@0e6e240, 2026-08-07',
  ),
  smtp2go: round(
    'https://developers.smtp2go.com/docs/webhooks-overview',
    'api-evangelist/smtp2go@18d2e22, 2026-08-13',
  ),
  sparkpost: round(
    'https://developers.sparkpost.com/api/webhooks/',
    'SparkPost/developers.sparkpost.com@88f24dc, 2026-06-23',
  ),
  'standard-webhooks': round(
    'https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md',
  ),
  sweego: round('https://learn.sweego.io/', 'symfony/symfony@05caee9'),
  telnyx: round('https://developers.telnyx.com/docs/messaging/email/webhooks-events'),
  'tencent-ses': look('2026-11-25', 'https://www.tencentcloud.com/document/product/1084/39492'),
  'unisender-go': round('https://godocs.unisender.ru/web-api-ref#webhook'),
  zeptomail: round('https://www.zoho.com/zeptomail/help/webhooks.html'),
}
