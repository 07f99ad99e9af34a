import * as v from 'valibot'
import type { Verified } from '../../../src/gateway/authenticate/verified.ts'
import type { ClientFacts } from '../../../src/providers/shared/presented-credentials.ts'
import type { Provider } from '../../../src/providers/shared/provider.ts'
import { sendgrid } from '../../../src/providers/sendgrid.ts'
import { type SourceConfig, SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import type { Source } from '../../../src/registry/sources/source.ts'

/** A client that passes every check. */
export const CLIENT: ClientFacts = {
  address: '192.0.2.7',
  country: 'DE',
  asn: 64_496,
  https: true,
  tlsVersion: 'TLSv1.3',
  certificate: null,
}

/** A source with its defaults, and the given settings. */
export const sourceWith = (settings: Partial<SourceConfig> = {}): Source => ({
  name: 'shop',
  version: 1,
  config: v.parse(SourceConfigSchema, { provider: 'sendgrid', ...settings }),
  secrets: {},
})

export const providerWith = (facts: Partial<Provider> = {}): Provider => ({
  ...sendgrid,
  replayWindowSeconds: 300,
  ...facts,
})

/** A delivery of that client. Only the authenticate stage makes real ones; the checks read nothing else of it. */
export const verifiedFrom = (client: ClientFacts, signedAtSeconds?: number): Verified => {
  const made: unknown = { delivery: { client }, methods: ['signature'], signedAtSeconds, coversBody: true }
  return made as Verified
}
