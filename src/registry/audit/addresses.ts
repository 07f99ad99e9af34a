/**
 * Takes email addresses out of what is logged. The log is kept for years and its lines cannot be changed, so an address in it would outlast
 * the person's erasure. The same address has the same mark, so that a change from one to another can still be seen.
 */
import { toHex, utf8 } from '../../platform/bytes.ts'
import type { Json } from '../../platform/json.ts'

/** Also in quotes, percent-encoded, and with the full-width sign that normalization makes an `@`. */
const ADDRESS =
  /(?:"[^"\n]{1,64}"|[^\s@＠()<>[\]",;:/?&]{1,254}?)(?:@|＠|%40)[^\s@＠()<>[\]"',;:/?&]*[^\s@＠()<>[\]"',;:/?&.]/giu

/** Long texts without any are not searched. */
const MAY_HAVE = /@|＠|%40/u

const MARK_HEX_DIGITS = 16

/** @param key of the log: only whoever has it can tell whether a mark is that of an address */
export async function withoutAddresses<T extends Json>(json: T, key: CryptoKey): Promise<T> {
  const found = new Set<string>()
  mapTexts(json, (text) => {
    if (MAY_HAVE.test(text)) for (const [address] of text.matchAll(ADDRESS)) found.add(address)
    return text
  })
  if (found.size === 0) return json
  const marks = new Map(
    await Promise.all([...found].map(async (address) => [address, await markOf(address, key)] as const)),
  )
  return mapTexts(json, (text) => text.replaceAll(ADDRESS, (address) => marks.get(address) ?? '***')) as T
}

/** The prefix keeps it apart from the MAC of every line. */
async function markOf(address: string, key: CryptoKey): Promise<string> {
  // Addresses of mail channels were masked before, and keep their domains.
  if (address.startsWith('***@')) return address
  const normal = address
    .replace(/＠|%40/iu, '@')
    .normalize('NFKC')
    .toLowerCase()
  const mac = await crypto.subtle.sign('HMAC', key, utf8(`address ${normal}`))
  return `address-${toHex(new Uint8Array(mac)).slice(0, MARK_HEX_DIGITS)}`
}

function mapTexts(json: Json, map: (text: string) => string): Json {
  if (typeof json === 'string') return map(json)
  if (Array.isArray(json)) return json.map((one: Json) => mapTexts(one, map))
  if (json === null || typeof json !== 'object') return json
  return Object.fromEntries(Object.entries(json).map(([name, one]) => [map(name), mapTexts(one, map)]))
}
