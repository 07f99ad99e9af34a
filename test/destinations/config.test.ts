import { expect, it } from 'vitest'
import * as v from 'valibot'
import { openConfig } from '../../src/destinations/config.ts'
import { fromBase64, toBase64 } from '../../src/platform/bytes.ts'
import { sealer } from '../../src/platform/seal.ts'
import { DestinationConfigSchema } from '../../src/registry/destinations/document.ts'
import { sealVersions } from '../../src/registry/rotation/sealed.ts'
import type { Secret } from '../../src/registry/sources/source.ts'
import { MASTERS } from '../support/store.ts'

const secrets = sealer(MASTERS, 'secrets')
const text = (fill: number): string => toBase64(new Uint8Array(32).fill(fill))

const SHARED = (fill: number): Secret => ({ kind: 'standard-webhooks', key: text(fill) })
const ED25519 = (fill: number): Secret => ({
  kind: 'ed25519-private',
  seed: text(fill),
  publicKey: text(fill + 1),
})

/** Opens a destination with these versions of its secrets, the oldest first. */
async function opened(versions: readonly (readonly [slot: string, secret: Secret])[]) {
  const times = { createdAtMs: 1, activatedAtMs: 1, acceptedUntilMs: null, revokedAtMs: null }
  const added = versions.map(([slot, secret], i) => ({
    ...times,
    slot,
    version: i + 1,
    state: 'active' as const,
    origin: 'operator' as const,
    secret,
  }))
  const rows = await sealVersions(secrets, 'destination/app', added)
  return openConfig(
    {
      name: 'app',
      version: 1,
      createdAtMs: 1,
      config: v.parse(DestinationConfigSchema, { url: 'https://app.example.com/hook' }),
      secrets: rows.flatMap(({ sealed, ...row }) => (sealed === null ? [] : [{ ...row, sealed }])),
    },
    secrets,
  )
}

it.each<[string, (readonly [string, Secret])[], (readonly [string, number])[]]>([
  ['one version', [['signing_secret', SHARED(1)]], [['v1', 1]]],
  [
    'two versions, the newest first',
    [
      ['signing_secret', SHARED(1)],
      ['signing_secret', SHARED(2)],
    ],
    [
      ['v1', 2],
      ['v1', 1],
    ],
  ],
  [
    'both slots, each with two versions',
    [
      ['signing_key', ED25519(3)],
      ['signing_secret', SHARED(1)],
      ['signing_key', ED25519(4)],
      ['signing_secret', SHARED(2)],
    ],
    [
      ['v1', 2],
      ['v1', 1],
      ['v1a', 4],
      ['v1a', 3],
    ],
  ],
])('every secret that is accepted signs: %s', async (_what, versions, keys) => {
  const destination = await opened(versions)
  expect(destination.keys).toEqual(keys.map(([kind, fill]) => ({ kind, key: fromBase64(text(fill)) })))
})
