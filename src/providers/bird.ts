/**
 * Bird's webhook subscriptions that were created with a signing key. Verified by an HMAC over the time, the webhook URL and the
 * SHA-256 of the body: behind a proxy the source must set `publicUrl`.
 *
 * The payload of the email channel is not publicly documented. So events become `email.unknown` with Bird's own type, and the
 * whole event is their metadata. Bird's older email product is SparkPost, which is a provider of its own.
 *
 * @see https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription
 */
import { createHash } from 'node:crypto'
import { utf8 } from '../platform/bytes.ts'
import { isObject } from '../platform/json.ts'
import { canonical, openArray, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { timestampedHmacProof } from './shared/hmac.ts'
import { URL_SLOT } from './shared/url-slot.ts'

export const bird = provider({
  name: 'bird',
  title: 'Bird',
  secrets: { signing_key: 'text', [URL_SLOT]: 'signed-url' },
  authMethods: [
    timestampedHmacProof({
      signature: 'messagebird-signature',
      timestamp: 'messagebird-request-timestamp',
      slot: 'signing_key',
      encoding: 'base64',
      // The digest is signed as its 32 bytes, not as text.
      signed: (timestamp, { url, body }) => [
        utf8(`${timestamp}\n${url}\n`),
        createHash('sha256').update(body).digest(),
      ],
    }),
  ],
  // Bird documents no tolerance. The header has the time of the request, so each retry should have its own.
  replayWindowSeconds: 300,
  open: openArray,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  if (!isObject(item)) return undefined
  return [
    {
      type: 'email.unknown',
      native_type: textAt(item, 'type') ?? 'unnamed',
      occurredAtMs: undefined,
      identity: [canonical(item)],
      metadata: item,
    },
  ]
}
