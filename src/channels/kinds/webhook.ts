/**
 * A webhook of the operator's own, signed by Standard Webhooks.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'
import { HOP_HEADER } from '../../event/hop.ts'
import { type Bytes, fromBase64, utf8 } from '../../platform/bytes.ts'
import { halfSha256Hex } from '../../platform/sha256.ts'
import { toInstant } from '../../platform/time.ts'
import { isPlaceholderKey } from '../../platform/weak-secret.ts'
import { type SigningKey, signatureHeader } from '../../platform/webhook-signature.ts'
import { type Adapter, JSON_HEADERS, PAGER_GIVE_UP_SECONDS, type Target, secretOf } from '../adapter.ts'
import type { Notice } from '../notice.ts'
import { alertKey } from '../text/alert-key.ts'
import { type Detail, SOURCE_UNITS, actionsOf, evidenceOf, kindOf, sourceOf } from '../text/describe.ts'
import { fitted } from '../text/fitted.ts'

const PREFIX = 'whsec_'
const KEY_MIN_BYTES = 24
const KEY_MAX_BYTES = 64

const KIND_MAX_CHARACTERS = 100
/** Standard Webhooks asks for less than 20 KB, which this stays below. */
const DETAIL: Detail = { notices: 1, headlineUnits: 600, lines: 8, lineUnits: 300, actions: 4 }

interface Settings {
  readonly url: string
}

export const webhook: Adapter<Settings> = {
  label: 'Webhook',
  entries: {
    url: setting(
      v.pipe(v.string(), v.maxLength(2_048)),
      'URL',
      'Where notices are posted to: https, on the public internet. It is shown.',
      { flag: 'endpoint' },
    ),
  },
  secrets: {
    signing_secret: {
      isRequired: true,
      description: 'whsec_ and base64 of 24 to 64 random bytes.',
      problem: signingSecretProblem,
    },
    previous_signing_secret: {
      isRequired: false,
      description: 'Signs as well, until all receivers know the new one.',
      problem: signingSecretProblem,
    },
  },
  keepsState: false,
  giveUpAfterSeconds: PAGER_GIVE_UP_SECONDS,
  answers: { isSuccess: ({ status }) => status >= 200 && status < 300, retriesRefusals: true },
  compose: (notices, target, nowMs) =>
    Promise.all(
      notices.map(async (notice) => {
        const body = JSON.stringify({
          type: `alert.${notice.state}`,
          timestamp: toInstant(nowMs),
          data: await dataOf(notice),
        })
        return {
          via: 'http' as const,
          notices: [notice],
          url: target.settings.url,
          headers: await headersOf(notice, utf8(body), target, nowMs),
          body,
          isOperatorsHost: true,
        }
      }),
    ),
}

async function headersOf(notice: Notice, body: Bytes, target: Target, nowMs: number) {
  // The same at each try, and another one for each notice.
  const id = `notice_${await halfSha256Hex(JSON.stringify([notice.dedupeKey, notice.incident, notice.sequence]))}`
  const seconds = Math.floor(nowMs / 1_000)
  const { previous_signing_secret: previous } = target.secrets
  const secrets = [secretOf(target, 'signing_secret'), ...(previous === undefined ? [] : [previous])]
  return {
    ...JSON_HEADERS,
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': await signatureHeader(id, seconds, body, secrets.map(signingKey)),
    [HOP_HEADER]: '1',
  }
}

function signingKey(secret: string): SigningKey {
  const key = fromBase64(secret.slice(PREFIX.length))
  if (key === undefined) throw new Error('a signing secret of a channel is not base64')
  return { kind: 'v1', key }
}

/** The texts are as they are: JSON holds no markup. Only what is too long is cut. */
const dataOf = async (notice: Notice) => ({
  incident: notice.incident,
  source: sourceOf(notice),
  sources: notice.sources.map((name) => fitted(name, SOURCE_UNITS)),
  kind: kindOf(notice, KIND_MAX_CHARACTERS),
  severity: notice.severity,
  headline: fitted(notice.headline, DETAIL.headlineUnits),
  since: toInstant(notice.sinceMs),
  evidence: evidenceOf(notice, DETAIL),
  actions: actionsOf(notice, DETAIL.actions),
  dedupe_key: await alertKey(notice, 0),
})

function signingSecretProblem(value: string): string | undefined {
  const key = value.startsWith(PREFIX) ? fromBase64(value.slice(PREFIX.length)) : undefined
  if (key === undefined || key.byteLength < KEY_MIN_BYTES || key.byteLength > KEY_MAX_BYTES)
    return `Must be ${PREFIX} and base64 of ${KEY_MIN_BYTES} to ${KEY_MAX_BYTES} bytes.`
  return isPlaceholderKey(key) ? 'Must be a secret of your own: this one is a placeholder.' : undefined
}
