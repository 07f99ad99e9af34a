/** Retrieval links: 32 random bytes that stand for one value, once. The registry knows only their SHA-256. */
import { LINK_DEFAULT_SECONDS } from '../api/secrets.ts'
import { fromBase64Url, toBase64Url } from '../platform/bytes.ts'
import { sha256Hex } from '../platform/sha256.ts'
import type { LinkRequest } from '../registry/rotation/contract.ts'

const TOKEN_BYTES = 32

/** The page's path. The token travels behind it in the query, which the platform's own log leaves out, and in a form. */
export const RETRIEVAL_PATH = '/retrieve'

export interface NewLink {
  readonly url: string
  readonly request: LinkRequest
}

export async function newLink(consoleUrl: string, lifeSeconds = LINK_DEFAULT_SECONDS): Promise<NewLink> {
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES))
  return {
    url: `${consoleUrl}${RETRIEVAL_PATH}?link=${toBase64Url(token)}`,
    request: { sha256: await sha256Hex(token), lifeSeconds },
  }
}

/** Hash by which the registry finds a presented token; `undefined` if the text cannot be a token. */
export async function linkHash(presented: string): Promise<string | undefined> {
  const token = fromBase64Url(presented)
  return token?.byteLength === TOKEN_BYTES ? sha256Hex(token) : undefined
}
