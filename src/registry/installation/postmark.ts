import { type Provisioner, putJson } from './provisioner.ts'

/**
 * Postmark: `PUT /webhooks/{id}` (postmarkapp.com/developer/api/webhooks-api). Fields that are absent stay as they are. Before
 * it saves, Postmark posts a test with the new credentials and answers 422 unless it gets 200. So Postern must accept them
 * first. Needs the token of the server (401 without it).
 */
export const postmark: Provisioner = {
  provider: 'postmark',
  slots: ['basic_auth'],
  request({ webhookId }, apiToken, secret) {
    if (secret.kind !== 'basic') return undefined
    return putJson(
      `https://api.postmarkapp.com/webhooks/${webhookId}`,
      { 'x-postmark-server-token': apiToken },
      { HttpAuth: { Username: secret.username, Password: secret.password } },
    )
  },
}
