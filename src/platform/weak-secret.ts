/** Texts that are not secrets. Checked when a secret is saved and again when it is used: an empty key would verify anything. */
import { textOf, toBase64 } from './bytes.ts'
import { PUBLISHED_KEYS } from './published-keys.ts'

/** Shorter texts can be guessed. The shortest secret that a supported ESP hands out has more. */
export const SECRET_MIN_CHARACTERS = 8

/** Placeholders of documentation, templates and broken settings, compared without case and separators. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'apikey', 'bearertoken', 'changeit', 'changeme', 'changemenow', 'changethis', 'clientsecret', 'default', 'dummy',
  'example', 'examplekey', 'examplesecret', 'fixme', 'foobar', 'hunter2', 'insertkeyhere', 'insertsecrethere', 'mykey',
  'mypassword', 'mysecret', 'mysecretkey', 'notset', 'null', 'none', 'objectobject', 'pass', 'passw0rd', 'password',
  'password1', 'password123', 'placeholder', 'qwertyuiop', 'redacted', 'replaceme', 'replacethis', 'sample', 'secret',
  'secretkey', 'secrettoken', 'sharedsecret', 'signingkey', 'signingsecret', 'supersecret', 'test', 'testtest',
  'todo', 'topsecret', 'true', 'false', 'undefined', 'verysecret', 'webhookkey', 'webhooksecret', '12345678',
  '123456789', '1234567890', '0123456789',
]) // prettier-ignore

const PLACEHOLDER_FORMS: readonly RegExp[] = [
  /^(?:enter|insert|paste|put|replace)[-_ ].*(?:here|this|with|me|your)/i,
  /^your[-_ ]?.*(?:secret|key|token|password|here|value)$/i,
  // <secret>, ${SECRET}, {{ secret }}, %SECRET%, [secret]: a template that was not filled in.
  /^(?:<.*>|\$\{?[A-Z0-9_]+\}?|\{\{.*\}\}|%[A-Z0-9_]+%|\[.*\])$/i,
  // A masked value, copied from a page.
  /^(?:[x*.•_-]+|0+)$/i,
]

/** Whether the text is a placeholder for a secret, or a published key. */
export const isPlaceholder = (text: string): boolean =>
  PLACEHOLDERS.has(withoutSeparators(text)) ||
  PLACEHOLDER_FORMS.some((form) => form.test(text)) ||
  isPublished(text)

/** The same for key bytes that an operator enters as base64: a placeholder may have been encoded. */
export const isPlaceholderKey = (key: Uint8Array): boolean =>
  key.every((byte) => byte === 0) || isPublished(toBase64(key)) || isPlaceholder(textOf(key) ?? '')

const withoutSeparators = (text: string): string => text.toLowerCase().replaceAll(/[-_. ]/g, '')

/** Whether a vendor or a library has printed the key. @param text as it is handed in, or a public key's base64 SPKI */
export const isPublished = (text: string): boolean =>
  PUBLISHED_KEYS.has(text.replace(/^whsec_/, '').replace(/=+$/, ''))

/** Whether the text may be used as a secret at all. */
export const isSecretText = (text: string): boolean =>
  text.length >= SECRET_MIN_CHARACTERS && text.trim() === text && !isPlaceholder(text)
