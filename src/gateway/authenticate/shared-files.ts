/**
 * Certificate files that the isolates of a data center share by the Cache API. An optimization that may fail: on `workers.dev` it
 * keeps nothing. Whoever reads a file judges it like one from the network.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/cache/
 */
import { type Bytes, concat } from '../../platform/bytes.ts'

export interface SharedFiles {
  /** The file that was shared under the URL; `undefined` if there is none or the cache does not answer. It never throws. */
  readonly get: (url: string) => Promise<Bytes | undefined>
  /** Never throws. */
  readonly put: (url: string, file: Bytes) => Promise<void>
}

/** A service replaces a certificate once a year, under another URL. */
const KEPT_SECONDS = 86_400

/** The cache is close by. A delivery does not wait longer for it. */
const CACHE_TIMEOUT_MS = 300

/** @param name of a cache of its own, so that what other code fetches is not in it */
export function cacheApiFiles(name: string): SharedFiles {
  const inTime = <T>(work: Promise<T>): Promise<T | undefined> =>
    Promise.race([work, scheduler.wait(CACHE_TIMEOUT_MS)])
      .then((value) => value ?? undefined)
      .catch(() => undefined)

  async function read(url: string): Promise<Bytes | undefined> {
    const shared = await (await caches.open(name)).match(url)
    return shared === undefined ? undefined : concat([await shared.bytes()])
  }

  async function write(url: string, file: Bytes): Promise<void> {
    const headers = { 'cache-control': `max-age=${KEPT_SECONDS}` }
    await (await caches.open(name)).put(url, new Response(file, { headers }))
  }

  return {
    get: (url) => inTime(read(url)),
    put: (url, file) => inTime(write(url, file)),
  }
}

/** For runs without a data center: offline, and when a recording is played. */
export const NO_SHARED_FILES: SharedFiles = { get: async () => undefined, put: async () => undefined }
