/**
 * Signing certificates that deliveries name: fetched once, cached by URL, and checked at the time of each delivery. Public keys that a
 * vendor serves without a certificate are fetched in the same way.
 */
import { X509Certificate } from 'node:crypto'
import { BoundedMap } from '../../platform/bounded-map.ts'
import { type Bytes, fromBase64, textOf } from '../../platform/bytes.ts'
import { request } from '../../platform/bounded-request.ts'
import { isObject, parseJson } from '../../platform/json.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import { ed25519Public } from '../../registry/secrets/public-keys.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { SourceBudgets } from './request-budget.ts'
import type { KeyUse, SchemeContext } from './scheme.ts'

/** A certificate takes under 2 KiB, a file of authorities a few of them. */
const MAX_BYTES = 16 * 1024

/** One region uses one certificate for about a year; two around its change. */
const MAX_CERTIFICATES = 64
const MAX_FAILURES = 256

/** How long a URL without a usable certificate is not fetched again. */
const REFUSED_SECONDS = 60
const UNAVAILABLE_SECONDS = 5

/**
 * Certificates that deliveries of one source may have fetched in a minute, for one scheme; a single client network gets half. Only
 * who knows a pinned topic or the source's token can cause any.
 */
const MAX_FETCHES_PER_MINUTE = 60

/** Lookups in the shared files, likewise. They cost no request, so the limit is higher. */
const MAX_LOOKUPS_PER_MINUTE = 600

/** Of a key whose certificate is trusted by a name or an issuer. */
const MIN_MODULUS_BITS = 2_048

/** A certificate that is trusted by its address alone is fetched again after this. */
const KEPT_SECONDS = 3_600
const ALWAYS = { notBeforeMs: -Infinity, notAfterMs: Infinity } as const

/** A name must match exactly, as the subject's or as an alternative name. */
const EXACTLY = { subject: 'always', wildcards: false } as const

/** The URL of a certificate, and why it is trusted. The schemes make it from URLs that they know. */
export type CertificateLocation =
  /** The certificate must have one of these names. */
  | { readonly url: string; readonly names: readonly string[] }
  /** An authority in the file at that URL must have issued it. */
  | { readonly url: string; readonly issuersUrl: string }
  /** Trusted by its URL alone: the certificate only wraps a key of at least so many bits. Names and dates are not checked. */
  | { readonly url: string; readonly minModulusBits: number }
  /** Trusted by its URL alone: JSON whose member `key` is a public key. */
  | { readonly url: string; readonly bareKey: 'ed25519' }

interface Certificate {
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly keptUntilSeconds: number
  readonly minModulusBits: number
  readonly spki: Bytes
  readonly keys: Map<KeyUse, CryptoKey>
}

interface Failure {
  readonly atSeconds: number
  readonly forSeconds: number
  readonly outcome: Outcome<never>
}

type Context = Pick<
  SchemeContext,
  'fetch' | 'nowSeconds' | 'source' | 'client' | 'clientMemory' | 'sharedFiles'
>

type ReadFile = (url: string) => Promise<Outcome<Bytes>>

const UNAVAILABLE = refuse({ code: 'proof_unavailable', dependency: 'signing-certificate' })
const refused = (problem: string) => refuse({ code: 'certificate_refused', problem })

export class Certificates {
  readonly #certificates = new BoundedMap<string, Certificate>(MAX_CERTIFICATES)
  readonly #failures = new BoundedMap<string, Failure>(MAX_FAILURES)
  readonly #lookups = new SingleFlight<Outcome<Certificate>>()
  readonly #fetches = new SingleFlight<Outcome<Certificate>>()
  readonly #lookupBudgets = new SourceBudgets(MAX_LOOKUPS_PER_MINUTE, 60)
  readonly #fetchBudgets = new SourceBudgets(MAX_FETCHES_PER_MINUTE, 60)

  /** The certificate's key for one hash. */
  async key(location: CertificateLocation, use: KeyUse, context: Context): Promise<Outcome<CryptoKey>> {
    const certificate = await this.#certificate(location, context)
    if (!certificate.ok) return certificate
    if (!isValidAt(certificate.value, context.nowSeconds)) return refused('expired')
    return keyFor(certificate.value, use)
  }

  async #certificate(location: CertificateLocation, context: Context): Promise<Outcome<Certificate>> {
    const known = this.#certificates.get(location.url)
    if (known !== undefined && context.nowSeconds < known.keptUntilSeconds) return pass(known)
    const asked = await this.#ask(location, context)
    // If the URL is down, the cached certificate stays valid.
    return known !== undefined && asked === UNAVAILABLE ? pass(known) : asked
  }

  async #ask(location: CertificateLocation, context: Context): Promise<Outcome<Certificate>> {
    const { url } = location
    const failure = this.#failures.get(url)
    const failedAgo = context.nowSeconds - (failure?.atSeconds ?? 0)
    if (failure !== undefined && failedAgo >= 0 && failedAgo < failure.forSeconds) return failure.outcome
    if (!this.#fetches.isUnderWay(url)) {
      const shared = await this.#shared(location, context)
      if (shared.ok) return shared
    }
    // Checked before joining: a client without budget must not decide for the others.
    if (!this.#fetches.isUnderWay(url) && !this.#fetchBudgets.spend(context)) return UNAVAILABLE
    return this.#fetches.run(url, () => this.#fetch(location, context), UNAVAILABLE)
  }

  /** From the files that isolates share. A certificate that is trusted by its URL alone is always fetched. */
  async #shared(location: CertificateLocation, context: Context): Promise<Outcome<Certificate>> {
    const { url } = location
    if (isTrustedByUrl(location)) return UNAVAILABLE
    if (!this.#lookups.isUnderWay(url) && !this.#lookupBudgets.spend(context)) return UNAVAILABLE
    const readShared: ReadFile = async (file) => {
      const bytes = await context.sharedFiles.get(file)
      return bytes === undefined ? UNAVAILABLE : fitting(bytes)
    }
    return this.#lookups.run(
      url,
      async () => {
        const certificate = await readOwn(location, readShared, context.nowSeconds)
        if (certificate.ok) this.#certificates.set(url, certificate.value)
        return certificate
      },
      UNAVAILABLE,
    )
  }

  async #fetch(location: CertificateLocation, context: Context): Promise<Outcome<Certificate>> {
    const files = new Map<string, Bytes>()
    const fetchFile: ReadFile = async (url) => {
      const file = await fetchBytes(url, context)
      if (file.ok) files.set(url, file.value)
      return file
    }
    const certificate = await readOwn(location, fetchFile, context.nowSeconds)
    if (!certificate.ok) {
      this.#failures.set(location.url, {
        atSeconds: context.nowSeconds,
        forSeconds: certificate === UNAVAILABLE ? UNAVAILABLE_SECONDS : REFUSED_SECONDS,
        outcome: certificate,
      })
      return certificate
    }
    this.#certificates.set(location.url, certificate.value)
    if (!isTrustedByUrl(location))
      await Promise.all([...files].map(([url, file]) => context.sharedFiles.put(url, file)))
    return certificate
  }
}

const isTrustedByUrl = (location: CertificateLocation): boolean =>
  'minModulusBits' in location || 'bareKey' in location

/** The certificate at the URL, if it is trusted. */
async function readOwn(
  location: CertificateLocation,
  read: ReadFile,
  nowSeconds: number,
): Promise<Outcome<Certificate>> {
  const file = await read(location.url)
  if (!file.ok) return file
  if ('bareKey' in location) return readBareKey(file.value, nowSeconds)
  const certificate = attempt(() => new X509Certificate(file.value))
  if (certificate === undefined) return refused('not_a_certificate')
  const own = await isOwn(location, certificate, read, nowSeconds)
  if (!own.ok) return own
  const usable = attempt(() => usableOf(certificate, location, nowSeconds))
  if (usable === undefined) return refused('not_a_certificate')
  // An expired one is not cached: it would replace one in use.
  return isValidAt(usable, nowSeconds) ? pass(usable) : refused('expired')
}

async function readBareKey(file: Bytes, nowSeconds: number): Promise<Outcome<Certificate>> {
  const json = parseJson(file)
  const checked = await ed25519Public.check(isObject(json) ? json['key'] : undefined)
  const spki =
    checked.ok && checked.secret.kind === 'public-key' ? fromBase64(checked.secret.spki) : undefined
  return spki === undefined ? refused('not_a_key') : pass(trustedByUrl(spki, 0, nowSeconds))
}

const trustedByUrl = (spki: Bytes, minModulusBits: number, nowSeconds: number): Certificate => ({
  ...ALWAYS,
  keptUntilSeconds: nowSeconds + KEPT_SECONDS,
  minModulusBits,
  spki,
  keys: new Map(),
})

async function isOwn(
  location: Exclude<CertificateLocation, { readonly bareKey: string }>,
  certificate: X509Certificate,
  read: ReadFile,
  nowSeconds: number,
): Promise<Outcome<void>> {
  if ('minModulusBits' in location) return pass(undefined)
  if ('names' in location) return ownWhere(location.names.some((name) => bears(name, certificate)))
  const file = await read(location.issuersUrl)
  // A fault of that file is not a fault of the message.
  if (!file.ok) return UNAVAILABLE
  const issuers = issuersIn(file.value, nowSeconds * 1_000)
  return ownWhere(issuers.some((issuer) => isIssuedBy(issuer, certificate)))
}

const ownWhere = (isOwn: boolean): Outcome<void> => (isOwn ? pass(undefined) : refused('not_of_sns'))

async function fetchBytes(url: string, { fetch }: Context): Promise<Outcome<Bytes>> {
  const answer = await request(fetch, url, { headers: { accept: 'application/x-pem-file, */*' } }, MAX_BYTES)
  if (answer.kind === 'unavailable') return UNAVAILABLE
  if (answer.kind === 'too_large') return refused('too_large')
  return answer.status === 200 ? pass(answer.body) : refused('not_a_certificate')
}

const fitting = (file: Bytes): Outcome<Bytes> =>
  file.byteLength > MAX_BYTES ? refused('too_large') : pass(file)

const isValidAt = ({ notBeforeMs, notAfterMs }: Certificate, nowSeconds: number): boolean =>
  nowSeconds * 1_000 >= notBeforeMs && nowSeconds * 1_000 <= notAfterMs

const bears = (name: string, certificate: X509Certificate): boolean =>
  attempt(() => certificate.checkHost(name, EXACTLY)) !== undefined

const isIssuedBy = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  attempt(() => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)) === true

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** The authorities in a file of PEM that are valid at the time. */
const issuersIn = (file: Bytes, nowMs: number): X509Certificate[] =>
  (textOf(file)?.match(PEM) ?? [])
    .map((pem) => attempt(() => new X509Certificate(pem)))
    .filter((issuer) => issuer !== undefined)
    .filter(({ validFrom, validTo }) => nowMs >= Date.parse(validFrom) && nowMs <= Date.parse(validTo))

/** The bytes are foreign: a parser that throws gives `undefined`. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** The cached part of a certificate; `undefined` if its key or its dates are unusable. */
function usableOf(
  certificate: X509Certificate,
  location: CertificateLocation,
  nowSeconds: number,
): Certificate | undefined {
  const { publicKey } = certificate
  if (publicKey.asymmetricKeyType !== 'rsa') return undefined
  const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }))
  if ('minModulusBits' in location) return trustedByUrl(spki, location.minModulusBits, nowSeconds)
  const notBeforeMs = Date.parse(certificate.validFrom)
  const notAfterMs = Date.parse(certificate.validTo)
  return Number.isNaN(notBeforeMs + notAfterMs)
    ? undefined
    : {
        notBeforeMs,
        notAfterMs,
        keptUntilSeconds: Infinity,
        minModulusBits: MIN_MODULUS_BITS,
        spki,
        keys: new Map(),
      }
}

async function keyFor({ spki, keys, minModulusBits }: Certificate, use: KeyUse): Promise<Outcome<CryptoKey>> {
  const known = keys.get(use)
  if (known !== undefined) return pass(known)
  const hash = use === 'rsa-pkcs1-sha1' ? 'SHA-1' : 'SHA-256'
  const algorithm = use === 'ed25519' ? { name: 'Ed25519' } : { name: 'RSASSA-PKCS1-v1_5', hash }
  try {
    const key = await crypto.subtle.importKey('spki', spki, algorithm, false, ['verify'])
    const { modulusLength = 0 } = key.algorithm as { readonly modulusLength?: number }
    if (modulusLength < minModulusBits) return refused('weak_key')
    keys.set(use, key)
    return pass(key)
  } catch {
    return refused('weak_key')
  }
}
