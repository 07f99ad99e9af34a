/** Which object watches a source, and in which bucket of that object it is. Both follow from its name for ever. */
import { utf8 } from '../../platform/bytes.ts'
import { WATCHERS } from './api.ts'

/** Sources of a bucket are stored in one row. 10,000 sources are ten a bucket. */
export const BUCKETS = 64

/** FNV-1a, 32 bits. */
function hashOf(source: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8(source)) hash = Math.imul(hash ^ byte, 0x01000193)
  // The last bytes alone would decide the low bits.
  return ((hash >>> 15) ^ hash) >>> 0
}

/** The name of the object. */
export const watcherOf = (source: string): string => String(hashOf(source) % WATCHERS)

export const bucketOf = (source: string): number => Math.floor(hashOf(source) / WATCHERS) % BUCKETS
