/** How one ESP's API sets the credentials of a webhook: which slots it can set, and the request that does. */
import type { SourceConfig } from '../sources/document.ts'
import type { Secret } from '../sources/source.ts'

/** The source's webhook at the ESP. */
export type ProvisionerSetting = NonNullable<SourceConfig['provisioner']>

export interface Provisioner {
  /** The provider that it belongs to. */
  readonly provider: string
  /** Slots that the API can set. */
  readonly slots: readonly string[]
  /** Must be idempotent. `undefined` for a secret of another kind. */
  readonly request: (
    webhook: ProvisionerSetting,
    apiToken: string,
    secret: Secret,
  ) => ProvisionerRequest | undefined
}

export interface ProvisionerRequest {
  /** On a fixed host of the ESP. */
  readonly url: string
  readonly method: 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const putJson = (
  url: string,
  headers: Readonly<Record<string, string>>,
  json: unknown,
): ProvisionerRequest => ({
  url,
  method: 'PUT',
  headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
  body: JSON.stringify(json),
})

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
