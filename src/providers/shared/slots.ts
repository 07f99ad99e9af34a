/** Slots of secrets that have a meaning of their own. */

/** The slot of a credential for the ESP's own API, with which Postern sets new secrets there. It verifies no delivery. */
export const API_SLOT = 'esp_api_token'

/** ESPs whose API Postern uses: the providers of `src/drivers`, which are above. A test compares them. */
export const WITH_API: ReadonlySet<string> = new Set([
  'brevo',
  'customerio',
  'mailchimp-marketing',
  'mailgun',
  'mailjet',
  'mandrill',
  'postmark',
  'resend',
  'sendgrid',
  'ses',
  'sparkpost',
])

/** The slot of a name and password, which many ESPs take as part of the webhook URL. */
export const BASIC_SLOT = 'basic_auth'

/** The slot of the webhook URL, for ESPs that sign it. It is sealed since it may carry credentials; alone it verifies nothing. */
export const URL_SLOT = 'webhook_url'

/** Whether Postern generates the values of a slot; the operator then enters them at the sender. */
export function isGenerated(
  provider: {
    readonly secrets: Readonly<Record<string, string>>
    readonly generated?: readonly string[] | undefined
  },
  slot: string,
): boolean {
  const kind = provider.secrets[slot]
  return kind === 'basic' || kind === 'named-values' || provider.generated?.includes(slot) === true
}
