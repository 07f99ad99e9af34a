/** How the proof of each provider is confirmed. A claim is a row of a table here that a test plays, or it is our reading alone. */
import { PROVIDERS } from '../../src/providers/index.ts'
import type { CaseResult } from '../conformance/run.ts'
import { PACKAGES, VENDORS_OWN } from './packages.ts'
import { PROGRAMS } from './programs.ts'
import { type Published, RECORDED, VECTORS } from './published.ts'

/** From the strongest to the weakest. */
export const KINDS = {
  published: 'by a signature that others made and published',
  vendor: "by the vendor's own library",
  other: "by another project's library",
  reading: 'by our reading alone',
} as const

export type Kind = keyof typeof KINDS

export interface Confirmation {
  readonly provider: string
  readonly published: readonly Published[]
  readonly vendor: readonly string[]
  readonly other: readonly string[]
}

/** Of the providers whose events come by HTTP; the generic one is ours. */
export const CONFIRMATIONS: readonly Confirmation[] = PROVIDERS.filter(
  ({ name, methods }) => methods.length > 0 && name !== 'generic',
).map(({ name: provider }) => {
  const packages = Object.keys(PACKAGES[provider] ?? {})
  const programs = PROGRAMS.filter(
    ({ judges, onlyRead }) => judges.has(provider) && !onlyRead.includes(provider),
  )
  return {
    provider,
    published: [...VECTORS, ...RECORDED].filter((one) => one.provider === provider),
    vendor: packages.filter((name) => VENDORS_OWN.includes(name)),
    other: [...packages.filter((name) => !VENDORS_OWN.includes(name)), ...programs.map(({ name }) => name)],
  }
})

/** The strongest confirmation. */
export function kindOf({ published, vendor, other }: Confirmation): Kind {
  if (published.length > 0) return 'published'
  if (vendor.length > 0) return 'vendor'
  return other.length > 0 ? 'other' : 'reading'
}

export const counts = (): Readonly<Record<Kind, number>> => {
  const kinds = CONFIRMATIONS.map(kindOf)
  const count = (wanted: Kind) => kinds.filter((kind) => kind === wanted).length
  return {
    published: count('published'),
    vendor: count('vendor'),
    other: count('other'),
    reading: count('reading'),
  }
}

/** Origin of the signatures in our own fixtures. */
const OURS = 'generated from the documented scheme'

/** The claims of {@link RECORDED} that a run did not show, although it played others' deliveries of the provider. */
export function unplayedClaims(results: readonly CaseResult[]): string[] {
  const shown = results.filter(
    ({ played, differences }) =>
      /^(?:REAL|published)/.test(played.signature_origin) &&
      played.expect.verdict === 'accept' &&
      differences.length === 0,
  )
  const claimed = RECORDED.filter(({ provider }) =>
    results.some(({ played }) => played.esp === provider && played.signature_origin !== OURS),
  )
  return claimed
    .filter(({ provider }) => !shown.some(({ played }) => played.esp === provider))
    .map(({ provider }) => `${provider}: no published signature was verified, but one is claimed`)
}

/** Remarks on proofs that are our reading alone, as of 2026-12-01: code that agrees but cannot be installed here, and ESPs that sign nothing. */
export const REMARKS: Readonly<Record<string, string>> = {
  'alibaba-directmail': "four other receivers' code agrees, but for a last line feed",
  'azure-acs': 'a secret in the URL',
  braze: 'a secret in the URL',
  customerio: 'n8n 2.41.2 and webhook.co agreed, by hand',
  elasticemail: 'a secret in the URL',
  emailit: "the code of the vendor's SDK agrees; it is not on npm",
  'forward-email': "listmonk's code agrees",
  iterable: 'a token',
  klaviyo: "four other receivers' code agrees about the bytes",
  'mailchimp-marketing': "two receivers' code agrees",
  mailerlite: 'nobody',
  maileroo: "five other receivers' code agrees",
  mailpace: 'postboi 0.35 agreed, by hand',
  netcore: 'a secret in the URL',
  plunk: 'a token',
  'salesforce-ens': 'nobody: sources disagree whether the key is decoded, so both are tried',
  smtp2go: 'a token or Basic credentials',
  'tencent-ses': 'a secret in the URL',
  zeptomail: 'nobody',
}
