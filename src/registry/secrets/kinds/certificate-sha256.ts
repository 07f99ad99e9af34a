/** The SHA-256 fingerprint of a client certificate. */
import { type KindOfSecret, accept, wrong } from '../kind.ts'
import { whatIsPasted } from '../pasted.ts'

export const certificateSha256: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be a SHA-256 fingerprint in hex, as text.')
    const pasted = whatIsPasted(value)
    if (pasted !== undefined)
      return wrong(
        `Must be a SHA-256 fingerprint, but this is ${pasted.name}. "openssl x509 -noout -fingerprint -sha256" prints it.`,
      )
    // OpenSSL prints it in upper case with colons. Both forms are accepted.
    const digits = value.toLowerCase().replaceAll(/(?<=[0-9a-f]{2}):(?=[0-9a-f]{2})/g, '')
    if (/^[0-9a-f]{40}$/.test(digits)) return wrong('Must be a SHA-256 fingerprint, but this is a SHA-1 one.')
    return /^[0-9a-f]{64}$/.test(digits)
      ? accept({ kind: 'certificate-sha256', fingerprint: digits })
      : wrong('Must be a SHA-256 fingerprint: 64 hex digits, with or without colons.')
  },
}
