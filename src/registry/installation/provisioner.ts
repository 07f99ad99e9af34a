/** The contract of one ESP's API for its webhook's credentials: which slots it can set, and the one request that does. */
import type { SourceConfig } from '../sources/document.ts'
import type { Secret } from '../sources/source.ts'

/** Which webhook at the ESP is this source's. */
export type ProvisionerSetting = NonNullable<SourceConfig['provisioner']>

export interface Provisioner {
  /** The provider that it belongs to. */
  readonly provider: string
  /** Slots of which the API takes the value. */
  readonly slots: readonly string[]
  /** Setting the same value again does no harm. `undefined` for a secret of another kind. */
  readonly request: (
    webhook: ProvisionerSetting,
    apiToken: string,
    secret: Secret,
  ) => ProvisionerRequest | undefined
}

export interface ProvisionerRequest {
  /** Of the ESP's own fixed host. */
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
