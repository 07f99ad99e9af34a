/** Which object watches a source, and at which turn it is stored there. Both follow from its name for ever. */
import { utf8 } from '../../platform/bytes.ts'
import { WATCHERS } from './api.ts'

/** Each state is stored again after so many minutes: a tenth of all sources in each. */
export const TURNS = 10

/** FNV-1a, 32 bits. */
function hashOf(source: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8(source)) hash = Math.imul(hash ^ byte, 0x01000193)
  // The last bytes alone would decide the low bits.
  return ((hash >>> 15) ^ hash) >>> 0
}

/** The name of the object. */
export const watcherOf = (source: string): string => String(hashOf(source) % WATCHERS)

/** The names of all objects. */
export const WATCHER_NAMES: readonly string[] = Array.from({ length: WATCHERS }, (_, i) => String(i))

export const turnOf = (source: string): number => Math.floor(hashOf(source) / WATCHERS) % TURNS
