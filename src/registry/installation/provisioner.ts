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

export const putJson = (
  url: string,
  headers: Readonly<Record<string, string>>,
  json: unknown,
): ProvisionerRequest => ({
  url,
  method: 'PUT',
  headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
  body: JSON.stringify(json),
})
