/** SHA-256 of public material, so that an operator can compare what is stored with what the ESP shows. No secret has one. */
import { fromBase64, toHex } from '../../platform/bytes.ts'
import type { Sealer } from '../../platform/seal.ts'
import { providerNamed } from '../../providers/index.ts'
import type { SecretKind } from '../../providers/shared/secret-kinds.ts'
import type { Secret } from '../sources/source.ts'
import type { StoredSource } from '../sources/source-tables.ts'
import { openVersions, unlessUnreadable } from '../rotation/sealed.ts'

/** Kinds that may hold a public key. */
const PUBLIC: ReadonlySet<SecretKind> = new Set([
  'ecdsa-p256-public',
  'rsa-public',
  'ed25519-public',
  'any-public',
  'standard-webhooks',
  'certificate-sha256',
])

/** By `slot/version`, in lower-case hex: of a key, its SubjectPublicKeyInfo; of a pinned certificate, what is pinned. */
export async function fingerprintsOf(
  sealer: () => Sealer,
  { name, config, secrets }: StoredSource,
): Promise<Readonly<Record<string, string>>> {
  const kinds = providerNamed(config.provider)?.secrets ?? {}
  const rows = secrets.filter(({ slot }) => {
    const kind = Object.hasOwn(kinds, slot) ? kinds[slot] : undefined
    return kind !== undefined && PUBLIC.has(kind)
  })
  if (rows.length === 0) return {}
  const opened = await unlessUnreadable(() => openVersions(sealer(), name, rows))
  if (opened === 'secret_unreadable') return {}
  const found = await Promise.all(
    opened.map(async ({ row, secret }) => {
      const fingerprint = secret === null ? undefined : await fingerprintOf(secret)
      return fingerprint === undefined ? [] : [[`${row.slot}/${row.version}`, fingerprint] as const]
    }),
  )
  return Object.fromEntries(found.flat())
}

async function fingerprintOf(secret: Secret): Promise<string | undefined> {
  if (secret.kind === 'certificate-sha256') return secret.fingerprint
  const spki = secret.kind === 'public-key' ? fromBase64(secret.spki) : undefined
  return spki === undefined ? undefined : toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', spki)))
}
