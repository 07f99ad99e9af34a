import { type Provisioner, putJson } from './provisioner.ts'

const HOSTS = { us: 'api.sparkpost.com', eu: 'api.eu.sparkpost.com' } as const

/**
 * SparkPost: `PUT /api/v1/webhooks/{id}` (developers.sparkpost.com/api/webhooks). Fields that are absent stay as they are; a
 * test is posted only when the target changes. Batches that are already queued carry the old credentials, so the grace period
 * should be longer than their eight hours of retries.
 */
export const sparkpost: Provisioner = {
  provider: 'sparkpost',
  slots: ['basic_auth'],
  request({ webhookId, region = 'us' }, apiToken, secret) {
    if (secret.kind !== 'basic') return undefined
    const { username, password } = secret
    return putJson(
      `https://${HOSTS[region]}/api/v1/webhooks/${webhookId}`,
      { authorization: apiToken },
      { auth_type: 'basic', auth_credentials: { username, password } },
    )
  },
}
