/** A registry for one test with destinations, and what the object that delivers would open. */
import { env } from 'cloudflare:workers'
import { readMasterKeys } from '../../../src/platform/master-key.ts'
import { sealer } from '../../../src/platform/seal.ts'
import { openDestination } from '../../../src/registry/destinations/view.ts'
import type { Secrets } from '../../../src/registry/sources/source.ts'
import { WHO } from '../../support/who.ts'
import type { ClockedRegistry } from '../support.ts'

export const URL_TEXT = 'https://app.example.com/email-events'
export const STORED = { stored: true }
/** 24 bytes. */
export const WHSEC = 'whsec_c2VlZGVkLWRlc3RpbmF0aW9uLXRlc3Qh'
export const OTHER_WHSEC = 'whsec_YW5vdGhlci1kZXN0aW5hdGlvbi10ZXN0'
export const LINK = { sha256: 'a'.repeat(64), lifeSeconds: 3_600 }

export const document = (change: Record<string, unknown> = {}) => ({ url: URL_TEXT, ...change })

/** Puts `app`, which must be accepted. */
export async function put(
  registry: ClockedRegistry,
  ...[change, link]: [Record<string, unknown>?, typeof LINK?]
) {
  const done = await registry.destinations.put(
    'app',
    document(change),
    WHO,
    null,
    link === undefined ? {} : { link },
  )
  if (!done.ok) throw new Error(JSON.stringify(done))
  return done
}

/** Paths of the problems of a document. */
export async function pathsOf(
  registry: ClockedRegistry,
  bad: unknown,
  ownHosts: string[] = [],
): Promise<string[]> {
  const done = await registry.destinations.put('app', bad, WHO, null, { ownHosts })
  if (done.ok || done.code !== 'document_invalid') throw new Error('was accepted')
  return done.problems.map(({ path }) => path)
}

export const states = async (registry: ClockedRegistry): Promise<string[]> =>
  ((await registry.destinations.find('app'))?.secrets ?? []).map(
    ({ slot, version, state }) => `${slot}/${version} ${state}`,
  )

/** The secrets that the object that delivers gets, opened. */
export async function loaded(registry: ClockedRegistry, masterKey = env.MASTER_KEY ?? ''): Promise<Secrets> {
  const sealed = await registry.snapshots.destination('app')
  if (sealed === null) throw new Error('there is no destination')
  return openDestination(sealer(readMasterKeys(masterKey), 'secrets'), sealed)
}
