/** Brevo. @see https://developers.brevo.com/reference/update-webhook */
import type { Driver } from './driver.ts'
import { sendJson } from './shared.ts'

export const brevo: Driver = {
  provider: 'brevo',
  needs: [],
  rights: { mend: 'Webhooks: Read/Write' },
  keyCanSend: false,
  perSecond: 2,
  installs: {
    slots: ['bearer_token'],
    /** Every field is optional. Brevo keeps basic credentials in the webhook's URL, so only a bearer token is set. */
    request({ key, settings: { webhookId = '' } }, secret) {
      if (secret.kind !== 'text') return undefined
      const url = `https://api.brevo.com/v3/webhooks/${webhookId}`
      return sendJson('PUT', url, { 'api-key': key }, { auth: { type: 'bearer', token: secret.text } })
    },
  },
}
