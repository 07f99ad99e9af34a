/** Recognizes what people paste into the wrong field, so that the error can name it. */

export interface Pasted {
  /** With its article: "a SendGrid API key". */
  readonly name: string
  /** True if it cannot be a secret text: it is public, or the other half of a key pair. */
  readonly neverSecretText?: boolean
}

const FORMS: readonly (readonly [form: RegExp, pasted: Pasted])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/, { name: 'a private key', neverSecretText: true }],
  [/-----BEGIN (?:TRUSTED )?CERTIFICATE-----/, { name: 'a certificate', neverSecretText: true }],
  [/-----BEGIN CERTIFICATE REQUEST-----/, { name: 'a certificate request', neverSecretText: true }],
  [/-----BEGIN [A-Z0-9 ]*PUBLIC KEY-----/, { name: 'a public key', neverSecretText: true }],
  [/-----BEGIN /, { name: 'a PEM file of another kind', neverSecretText: true }],
  // SPKI of P-256, RSA and Ed25519 in base64: anybody could compute an HMAC under a public key.
  [/^\s*(?:MFkwEwYHKoZI|MII[A-Za-z0-9+/]{5}BgkqhkiG9w0BAQEF|MCowBQYDK2Vw)/, { name: 'a public key', neverSecretText: true }],
  [/^\s*(?:ssh-(?:rsa|ed25519)|ecdsa-sha2-)\S* /, { name: 'an SSH public key', neverSecretText: true }],
  [/^\s*(?:v=DKIM1|k=rsa;|p=MI)/i, { name: 'a DKIM record; the value after "p=" is the key', neverSecretText: true }],
  [/^\s*whpk_/, { name: 'a Standard Webhooks public key', neverSecretText: true }],
  [/^\s*whsk_/, { name: 'a Standard Webhooks private key', neverSecretText: true }],
  [/^\s*whsec_/, { name: 'a Standard Webhooks secret' }],
  [/^\s*SG\./, { name: 'a SendGrid API key' }],
  [/^\s*key-/, { name: 'a Mailgun API or signing key' }],
  [/^\s*xkeysib-/, { name: 'a Brevo API key' }],
  [/^\s*re_/, { name: 'a Resend API key' }],
  [/^\s*md-/, { name: 'a Mandrill API key' }],
  [/^\s*(?:AKIA|ASIA)[A-Z0-9]{16}\s*$/, { name: 'an AWS access key id' }],
  [/^\s*eyJ[\w-]+\.[\w-]+\.[\w-]*\s*$/, { name: 'a signed token (JWT)' }],
  [/^\s*\{/, { name: 'JSON' }],
  [/^\s*https?:\/\//i, { name: 'a URL' }],
  [/^\s*arn:aws/, { name: 'an Amazon resource name' }],
] // prettier-ignore

/** Kind of the pasted text, judged by its form; `undefined` for an unknown form. */
export const whatIsPasted = (text: string): Pasted | undefined => FORMS.find(([form]) => form.test(text))?.[1]
