/** Recognises what people paste into the wrong field, so that the problem can name it. */

export interface Pasted {
  /** As it stands in a sentence: "a SendGrid API key". */
  readonly name: string
  /** True where it cannot be meant as a secret text: public, or the other half of a pair. */
  readonly neverSecretText?: boolean
}

const FORMS: readonly (readonly [form: RegExp, pasted: Pasted])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/, { name: 'a private key', neverSecretText: true }],
  [/-----BEGIN (?:TRUSTED )?CERTIFICATE-----/, { name: 'a certificate', neverSecretText: true }],
  [/-----BEGIN CERTIFICATE REQUEST-----/, { name: 'a certificate request', neverSecretText: true }],
  [/-----BEGIN [A-Z0-9 ]*PUBLIC KEY-----/, { name: 'a public key', neverSecretText: true }],
  [/-----BEGIN /, { name: 'a PEM file of another kind', neverSecretText: true }],
  // SPKI of P-256 and of RSA in base64: an HMAC under a public key could be made by anybody.
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

/** What the text is by its form; `undefined` when it looks like nothing known. */
export const whatIsPasted = (text: string): Pasted | undefined => FORMS.find(([form]) => form.test(text))?.[1]
