/** Fields for the value of a secret, by its kind, and the value that was entered. */
import type { FC } from 'hono/jsx'
import type { DocumentProblem } from '../../../platform/document-problems.ts'
import type { SecretKind } from '../../../providers/shared/secret-kinds.ts'
import type { ConsoleContext } from '../../context.ts'
import { TextArea, TextField } from '../form.tsx'

interface SecretField {
  /** In the form, and in the document if that has several. */
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  /** Whether it may be shown again, as a user name or a public key. */
  readonly isPublic?: true
  readonly isOptional?: true
  readonly isLong?: true
}

const SECRET: SecretField = { name: 'value', label: 'Secret' }
const shown = (label: string, hint?: string, name = 'value') =>
  ({ name, label, hint, isPublic: true }) as const
const pem = (hint: string) => ({ ...shown('Public key', hint), isLong: true }) as const

const FIELDS: Readonly<Record<SecretKind, readonly SecretField[]>> = {
  text: [SECRET],
  'standard-webhooks': [{ ...SECRET, hint: 'It begins with whsec_, or with whpk_ if it is a public key.' }],
  'ecdsa-p256-public': [pem('One line that begins with MFkwEwYH, or PEM.')],
  'rsa-public': [pem('One line that begins with MII, or PEM.')],
  'ed25519-public': [pem('44 characters of base64, or PEM.')],
  'any-public': [pem('Base64 of the SPKI, or PEM.')],
  basic: [shown('User name', undefined, 'username'), { name: 'password', label: 'Password' }],
  'named-values': [
    shown('Name', 'Of the header, or of the query parameter: X-Webhook-Token, token.', 'field'),
    { ...SECRET, label: 'Value' },
  ],
  'topic-arn': [shown('ARN of the topic', 'arn:aws:sns:eu-west-1:123456789012:ses-events')],
  'scaleway-topic': [shown('ARN of the topic', 'As Scaleway shows it at the topic.')],
  account: [shown('Account', 'Its id, as the ESP shows it.')],
  'certificate-sha256': [
    shown('SHA-256 of the client certificate', '64 hex digits, with or without colons.'),
  ],
  'jwks-url': [shown('URL of the key set', 'https://login.example.com/keys')],
  oauth2: [
    shown('Introspection URL', undefined, 'introspection_url'),
    shown('Client id', undefined, 'client_id'),
    { name: 'client_secret', label: 'Client secret' },
    { ...shown('Scope', undefined, 'scope'), isOptional: true },
  ],
  'signed-url': [
    shown('URL, as the ESP was given it', 'Character by character: it is part of what is signed.'),
  ],
}

/** Names of the fields whose values may be shown again. */
export const publicFields = (kind: SecretKind): readonly string[] =>
  FIELDS[kind].filter(({ isPublic }) => isPublic).map(({ name }) => name)

/** The value of a secret as a source document has it; undefined if all secret fields are empty. */
export function secretIn(c: ConsoleContext, kind: SecretKind): unknown {
  const form = c.get('form')
  // Pasted text often ends with a line break.
  const typed = (name: string) => (form.get(name) ?? '').trim()
  const fields = FIELDS[kind]
  if (fields.every(({ name, isPublic }) => typed(name) === '' || (isPublic && fields.length > 1)))
    return undefined
  if (kind === 'named-values') return { [typed('field')]: typed('value') }
  if (fields.length === 1) return typed('value')
  return Object.fromEntries(
    fields.map(({ name }) => [name, typed(name)] as const).filter(([, value]) => value !== ''),
  )
}

/** Problems of a value, each at its field: that of the last name of its path, or the first. */
export function atFields(kind: SecretKind, problems: readonly DocumentProblem[]): DocumentProblem[] {
  const fields = FIELDS[kind]
  const fieldOf = (path: string) =>
    kind === 'named-values'
      ? 'value'
      : (fields.find(({ name }) => name === path.split('.').at(-1)) ?? fields[0] ?? SECRET).name
  return problems.map(({ path, problem }) => ({ path: fieldOf(path), problem }))
}

/** @param remark behind the label of each secret field: where an empty field means something */
export const SecretFields: FC<{ kind: SecretKind; remark?: string }> = ({ kind, remark }) => (
  <>
    {FIELDS[kind].map(({ isLong, isPublic, isOptional, hint, name, label }) => {
      const field = {
        name,
        label,
        hint,
        ...(remark === undefined ? {} : { remark }),
        required: remark === undefined && !isOptional,
      }
      if (isLong) return <TextArea {...field} />
      return <TextField {...field} type={isPublic ? 'text' : 'password'} />
    })}
  </>
)
