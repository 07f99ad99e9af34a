/** Secrets and facts that are texts, or objects of texts. */
import { SECRET_MIN_CHARACTERS, isPlaceholder } from '../../platform/weak-secret.ts'
import { whatIsPasted } from './pasted.ts'
import { accept, type KindOfSecret, type KindProblem, wrong } from './kind.ts'
import { isObject } from '../../platform/json.ts'
import { outboundUrlProblem } from '../../platform/outbound-url.ts'
import { isMasked } from '../../platform/shown-url.ts'
import { scalewayRegion } from '../../providers/shared/scaleway-topic.ts'

/** Longer than any key of an ESP. A longer text is a pasted file. */
const MAX_CHARACTERS = 4_096

/** The problem of a text that is used as a secret, in one sentence; `undefined` for a usable one. */
function textProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Must be text.'
  if (value === '') return 'Is empty.'
  if (value.trim() === '') return 'Is blank.'
  const pasted = whatIsPasted(value)
  if (pasted?.neverSecretText === true) return `Must be a secret text, but this is ${pasted.name}.`
  if (value !== value.trim()) return 'Begins or ends with white space: paste it without.'
  if (value.length < SECRET_MIN_CHARACTERS)
    return `Is too short to be a secret: at least ${SECRET_MIN_CHARACTERS} characters.`
  if (value.length > MAX_CHARACTERS) return `Is too long: at most ${MAX_CHARACTERS} characters.`
  if (isPlaceholder(value)) return 'Is a placeholder: put the real secret here.'
  if (/[\p{Cc}\p{Cs}]/u.test(value)) return 'Holds control characters or broken Unicode.'
  return undefined
}

/** One problem if an object has an unknown field. Its name may be a misplaced secret, so it is not repeated. */
const unknownFields = (value: object, known: readonly string[]): KindProblem[] =>
  Object.keys(value).every((key) => known.includes(key))
    ? []
    : [{ problem: `Has an unknown field. Known fields: ${known.join(', ')}.` }]

/** A secret text: an HMAC key, an API key, a bearer token. */
export const text: KindOfSecret = {
  check(value) {
    const problem = textProblem(value)
    return problem === undefined ? accept({ kind: 'text', text: value as string }) : wrong(problem)
  },
}

const ACCOUNT = /^[A-Za-z0-9_.-]{1,128}$/

/** The id of an account at an ESP that signs for all of its customers with one key. */
export const account: KindOfSecret = {
  check: (value) =>
    typeof value === 'string' && ACCOUNT.test(value)
      ? accept({ kind: 'account', id: value })
      : wrong(
          'Must be the id of an account, as the ESP shows it: letters, digits, "_", "-" and ".", without spaces.',
        ),
}

const BASIC_FIELDS = ['username', 'password'] as const

/** A user name and a password for HTTP Basic. */
export const basic: KindOfSecret = {
  check(value) {
    if (!isObject(value)) return wrong('Must be an object with "username" and "password".')
    const { username, password } = value
    const problems: KindProblem[] = unknownFields(value, BASIC_FIELDS)
    const nameProblem = usernameProblem(username)
    if (nameProblem !== undefined) problems.push({ field: 'username', problem: nameProblem })
    const passwordProblem = textProblem(password)
    if (passwordProblem !== undefined) problems.push({ field: 'password', problem: passwordProblem })
    if (problems.length > 0) return { ok: false, problems }
    return accept({ kind: 'basic', username: username as string, password: password as string })
  },
}

/** RFC 7617 section 2: no colon and no control characters. An empty name is allowed there: the password is the secret. */
function usernameProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'Must be text.'
  if (value.length > 256) return 'Is too long: at most 256 characters.'
  if (value.includes(':')) return 'Must not hold a colon: it ends the user name.'
  return /[\p{Cc}\p{Cs}]/u.test(value) ? 'Holds control characters or broken Unicode.' : undefined
}

const MAX_NAMES = 8

/** A header's name (RFC 9110 section 5.1); it serves for query parameters as well. */
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/

/** Custom headers or query parameters with their secret values, by name. */
export const namedValues: KindOfSecret = {
  check(value) {
    if (!isObject(value)) return wrong('Must be an object of names and secret values.')
    const entries = Object.entries(value)
    if (entries.length === 0) return wrong('Names no value: at least one is needed.')
    if (entries.length > MAX_NAMES) return wrong(`Has too many names: at most ${MAX_NAMES}.`)
    const problems = entries.flatMap(([name, secret]): KindProblem[] => {
      if (!NAME.test(name)) return [{ problem: 'Has a name that no header and no query parameter can have.' }]
      const problem = textProblem(secret)
      return problem === undefined ? [] : [{ field: name, problem }]
    })
    if (problems.length > 0) return { ok: false, problems }
    return accept({ kind: 'named-values', values: Object.fromEntries(entries) as Record<string, string> })
  },
}

const OAUTH2_FIELDS = ['introspection_url', 'client_id', 'client_secret', 'scope', 'token_client_id'] as const

/** RFC 6749 appendix A: visible ASCII; scopes are separated by single spaces. */
const CLIENT_ID = /^[\x20-\x7e]{1,256}$/
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** How to ask an authorization server about a token (RFC 7662), and what the token must allow. */
export const oauth2: KindOfSecret = {
  check(value) {
    if (!isObject(value))
      return wrong('Must be an object with "introspection_url", "client_id" and "client_secret".')
    const fields: Record<(typeof OAUTH2_FIELDS)[number], string | undefined> = {
      introspection_url: urlProblem(value['introspection_url']),
      client_id: textOf(value['client_id'], CLIENT_ID),
      client_secret: textProblem(value['client_secret']),
      scope: optional(value['scope'], SCOPE),
      token_client_id: optional(value['token_client_id'], CLIENT_ID),
    }
    const problems = [
      ...unknownFields(value, OAUTH2_FIELDS),
      ...Object.entries(fields).flatMap(([field, problem]): KindProblem[] =>
        problem ? [{ field, problem }] : [],
      ),
    ]
    if (problems.length > 0) return { ok: false, problems }
    return accept({
      kind: 'oauth2',
      introspectionUrl: value['introspection_url'] as string,
      clientId: value['client_id'] as string,
      clientSecret: value['client_secret'] as string,
      scope: (value['scope'] as string | undefined) ?? null,
      tokenClientId: (value['token_client_id'] as string | undefined) ?? null,
    })
  },
}

const urlProblem = (value: unknown): string | undefined =>
  typeof value === 'string' ? outboundUrlProblem(value) : 'Must be a URL, as text.'

const textOf = (value: unknown, form: RegExp): string | undefined =>
  typeof value === 'string' && form.test(value)
    ? undefined
    : 'Must be text of visible ASCII characters, not empty.'

const optional = (value: unknown, form: RegExp): string | undefined =>
  value === undefined || value === null ? undefined : textOf(value, form)

/** The webhook URL that the ESP signs. Stored exactly as it was sent, since the signature covers every character. */
export const signedUrl: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be a URL, as text.')
    if (value !== value.trim() || value.length > 2_048 || !URL.canParse(value))
      return wrong('Must be an absolute URL of at most 2,048 characters, exactly as the ESP has it.')
    if (isMasked(value)) return wrong('Is masked: put the whole URL here.')
    return /^https?:$/.test(new URL(value).protocol)
      ? accept({ kind: 'signed-url', url: value })
      : wrong('Must be an https or http URL.')
  },
}

/** The URL of the keys that sign a sender's tokens (RFC 7517 section 5). */
export const jwksUrl: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be the URL of a JWKS, as text.')
    const problem = outboundUrlProblem(value)
    return problem === undefined ? accept({ kind: 'jwks-url', url: value }) : wrong(problem)
  },
}

/** The SHA-256 fingerprint of a client certificate. */
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

/** Partition, region, account, name. FIFO topics cannot deliver to HTTP endpoints. */
const TOPIC =
  /^arn:(?:aws|aws-us-gov|aws-cn|aws-eusc):sns:[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/

/** The ARN of an SNS topic that may publish to the source. */
export const topicArn: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be the ARN of an SNS topic, as text.')
    if (TOPIC.test(value)) return accept({ kind: 'topic-arn', arn: value })
    const [, , service, , , name, subscription] = value.split(':')
    if (service === 'sns' && name !== undefined && subscription !== undefined)
      return wrong(
        'Must be the ARN of a topic, but this is the ARN of a subscription: leave out its last part.',
      )
    if (service !== undefined && service !== 'sns' && value.startsWith('arn:'))
      return wrong('Must be the ARN of an SNS topic, but this is the ARN of something else.')
    return wrong('Must be the ARN of an SNS topic: arn:aws:sns:<region>:<account>:<name>.')
  },
}

/** A topic of Scaleway's Topics and Events that may publish to the source. */
export const scalewayTopic: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be the ARN of a topic, as text.')
    if (scalewayRegion(value) !== undefined) return accept({ kind: 'scaleway-topic', arn: value })
    const topic = value.slice(0, value.lastIndexOf(':'))
    return scalewayRegion(topic) === undefined
      ? wrong('Must be the ARN of a topic at Scaleway: arn:scw:sns:<region>:project-<id>:<name>.')
      : wrong('Must be the ARN of a topic, but this is the ARN of a subscription: leave out its last part.')
  },
}
