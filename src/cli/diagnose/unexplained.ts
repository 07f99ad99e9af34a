/** Advice for a refusal that no diagnosis explains. */
import type { AuthenticateRefusal, RefusalCode } from '../../event/refusal-code.ts'
import { isObject } from '../../platform/json.ts'
import type { Capture } from '../capture.ts'

const SIGNATURE =
  'Nothing of what is usually wrong explains it. Most likely the secret is of another webhook, account or environment, ' +
  'or the body was changed beyond what can be attempted.'
const SIGNED_URL =
  'Nothing of what is usually wrong explains it. This signature is over the URL, too: publicUrl must be, character by ' +
  'character, the one that was set at the ESP. Else the secret is of another webhook, account or environment, or the body ' +
  'was changed beyond what can be attempted.'
const CREDENTIALS =
  'Most likely they are of another webhook, account or environment, or were changed at one end only.'
const NOT_THERE =
  'Most likely the ESP does not sign or present it yet (switch that on there), or what stands between, or made this capture, ' +
  'drops it.'

/** Advice by refusal code. Null if the refusal itself says what to do. */
const SENTENCES: Readonly<Partial<Record<RefusalCode, string | null>>> = {
  signature_mismatch: SIGNATURE,
  proof_malformed: SIGNATURE,
  header_missing: NOT_THERE,
  proof_missing: NOT_THERE,
  credentials_wrong: CREDENTIALS,
  token_invalid:
    'The problem above names what the token lacks: look at the source’s jwt or oauth2 settings, and at whose token it is.',
  topic_foreign: 'Name that topic’s ARN in secrets.topic_arns, or that account, if it is yours.',
  secret_missing: null,
  certificate_refused: null,
  algorithm_unsupported: null,
  proof_unavailable: null,
} satisfies Record<AuthenticateRefusal['code'], string | null>

/** Providers whose signature covers the URL, unless it is one of Standard Webhooks. */
const SIGN_URL: ReadonlySet<unknown> = new Set(['alibaba-directmail', 'bird', 'mandrill'])

export function unexplained(code: RefusalCode, { document }: Capture): string | undefined {
  const { secrets } = document
  const isStandard = isObject(secrets) && 'signing_secret' in secrets
  const covers = (SIGN_URL.has(document['provider']) && !isStandard) || signsUrl(document['signature'])
  return code === 'signature_mismatch' && covers ? SIGNED_URL : (SENTENCES[code] ?? undefined)
}

/** Whether the signature template of a generic source contains the URL. */
const signsUrl = (signature: unknown): boolean => JSON.stringify(signature ?? '').includes('{url}')
