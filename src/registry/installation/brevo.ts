import { type Provisioner, putJson } from './provisioner.ts'

/**
 * Brevo: `PUT /v3/webhooks/{webhookId}` (developers.brevo.com/reference/update-webhook) with the account's `api-key`. Every
 * field is optional. Brevo keeps basic credentials in the webhook's URL, so only a bearer token is set.
 */
export const brevo: Provisioner = {
  provider: 'brevo',
  slots: ['bearer_token'],
  request({ webhookId }, apiToken, secret) {
    if (secret.kind !== 'text') return undefined
    return putJson(
      `https://api.brevo.com/v3/webhooks/${webhookId}`,
      { 'api-key': apiToken },
      { auth: { type: 'bearer', token: secret.text } },
    )
  },
}
