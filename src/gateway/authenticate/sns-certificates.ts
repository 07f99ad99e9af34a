/** SNS signing certificates: fetched once, kept by URL, judged anew for the time of each delivery. */
import { X509Certificate } from 'node:crypto'
import { BoundedMap } from '../../platform/bounded-map.ts'
import type { Bytes } from '../../platform/bytes.ts'
import { request } from '../../platform/outbound.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { Budget } from './outbound.ts'
import type { KeyUse, SchemeContext } from './scheme.ts'

/** A certificate takes under 2 KiB. */
const MAX_BYTES = 16 * 1024

/** One region uses one certificate for about a year; two around its change. */
const MAX_CERTIFICATES = 64
const MAX_FAILURES = 256

/** How long a URL that gave no certificate is not asked again. */
const REFUSED_SECONDS = 60
const UNAVAILABLE_SECONDS = 5

/** Certificates fetched a minute. Only who knows a pinned topic can cause any. */
const MAX_FETCHES_PER_MINUTE = 30

const MIN_MODULUS_BITS = 2_048

/** A name counts as it stands, whether it is the subject's or an alternative one. */
const EXACTLY = { subject: 'always', wildcards: false } as const

/** Where a certificate lies, and the names of which it must bear one. */
export interface CertificatePlace {
  /** Must have passed `certificateUrl`. */
  readonly url: string
  readonly names: readonly string[]
}

interface Certificate {
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly spki: Bytes
  readonly keys: Map<KeyUse, CryptoKey>
}

interface Failure {
  readonly atSeconds: number
  readonly forSeconds: number
  readonly outcome: Outcome<never>
}

type Context = Pick<SchemeContext, 'fetch' | 'nowSeconds'>

const UNAVAILABLE = refuse({ code: 'proof_unavailable', dependency: 'sns-certificate' })
const refused = (problem: string) => refuse({ code: 'certificate_refused', problem })

export class SnsCertificates {
  readonly #certificates = new BoundedMap<string, Certificate>(MAX_CERTIFICATES)
  readonly #failures = new BoundedMap<string, Failure>(MAX_FAILURES)
  readonly #flights = new SingleFlight<Outcome<Certificate>>()
  readonly #budget = new Budget(MAX_FETCHES_PER_MINUTE, 60)

  /** The certificate's key for one hash. */
  async key(place: CertificatePlace, use: KeyUse, context: Context): Promise<Outcome<CryptoKey>> {
    const certificate = await this.#certificate(place, context)
    if (!certificate.ok) return certificate
    const { notBeforeMs, notAfterMs } = certificate.value
    const nowMs = context.nowSeconds * 1_000
    if (nowMs < notBeforeMs || nowMs > notAfterMs) return refused('expired')
    return keyFor(certificate.value, use)
  }

  async #certificate(place: CertificatePlace, context: Context): Promise<Outcome<Certificate>> {
    const { url } = place
    const known = this.#certificates.get(url)
    if (known !== undefined) return pass(known)
    const failure = this.#failures.get(url)
    const failedAgo = context.nowSeconds - (failure?.atSeconds ?? 0)
    if (failure !== undefined && failedAgo >= 0 && failedAgo < failure.forSeconds) return failure.outcome
    return this.#flights.run(url, () => this.#fetch(place, context), UNAVAILABLE)
  }

  async #fetch(
    { url, names }: CertificatePlace,
    { fetch, nowSeconds }: Context,
  ): Promise<Outcome<Certificate>> {
    if (!this.#budget.spend(nowSeconds)) return UNAVAILABLE
    const answer = await request(
      fetch,
      url,
      { headers: { accept: 'application/x-pem-file, */*' } },
      MAX_BYTES,
    )
    if (answer.kind === 'unavailable') {
      this.#failures.set(url, {
        atSeconds: nowSeconds,
        forSeconds: UNAVAILABLE_SECONDS,
        outcome: UNAVAILABLE,
      })
      return UNAVAILABLE
    }
    const certificate =
      answer.kind === 'answer' && answer.status === 200 ? parse(answer.body, names) : undefined
    if (certificate === undefined || certificate === 'foreign') {
      const problem = answer.kind === 'too_large' ? 'too_large' : 'not_a_certificate'
      const outcome = refused(certificate === 'foreign' ? 'not_of_sns' : problem)
      this.#failures.set(url, { atSeconds: nowSeconds, forSeconds: REFUSED_SECONDS, outcome })
      return outcome
    }
    this.#certificates.set(url, certificate)
    return pass(certificate)
  }
}

/** The certificate; `foreign` where it bears none of the names, `undefined` where there is none or it cannot be used. */
function parse(pem: Bytes, names: readonly string[]): Certificate | 'foreign' | undefined {
  try {
    const certificate = new X509Certificate(pem)
    if (!names.some((name) => certificate.checkHost(name, EXACTLY) !== undefined)) return 'foreign'
    const { publicKey } = certificate
    if (publicKey.asymmetricKeyType !== 'rsa') return undefined
    const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }))
    const notBeforeMs = Date.parse(certificate.validFrom)
    const notAfterMs = Date.parse(certificate.validTo)
    return Number.isNaN(notBeforeMs + notAfterMs)
      ? undefined
      : { notBeforeMs, notAfterMs, spki, keys: new Map() }
  } catch {
    return undefined
  }
}

async function keyFor({ spki, keys }: Certificate, use: KeyUse): Promise<Outcome<CryptoKey>> {
  const known = keys.get(use)
  if (known !== undefined) return pass(known)
  const hash = use === 'rsa-pkcs1-sha1' ? 'SHA-1' : 'SHA-256'
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash }
  try {
    const key = await crypto.subtle.importKey('spki', spki, algorithm, false, ['verify'])
    const { modulusLength } = key.algorithm as { readonly modulusLength: number }
    if (modulusLength < MIN_MODULUS_BITS) return refused('weak_key')
    keys.set(use, key)
    return pass(key)
  } catch {
    return refused('weak_key')
  }
}
