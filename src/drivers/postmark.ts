/** Postmark. @see https://postmarkapp.com/developer/api/webhooks-api */
import type { Driver } from './driver.ts'
import { sendJson } from './shared.ts'

export const postmark: Driver = {
  provider: 'postmark',
  needs: [],
  rights: { mend: 'The token of the server: it has all rights' },
  keyCanSend: true,
  perSecond: 2,
  installs: {
    slots: ['basic_auth'],
    /**
     * Fields that are absent stay as they are. Before it saves, Postmark posts a test with the new credentials and answers 422 unless it gets
     * 200. So Postern must accept them first.
     */
    request({ key, settings: { webhookId = '' } }, secret) {
      if (secret.kind !== 'basic') return undefined
      const url = `https://api.postmarkapp.com/webhooks/${webhookId}`
      const HttpAuth = { Username: secret.username, Password: secret.password }
      return sendJson('PUT', url, { 'x-postmark-server-token': key }, { HttpAuth })
    },
  },
}
