/**
 * IP addresses and CIDR ranges. Only strict spellings are accepted, so that one text means one address everywhere. Comparison is
 * canonical: an IPv4 address mapped into IPv6 (RFC 4291 section 2.5.5.2) is the IPv4 address.
 */

/** 32 bits as one word, or 128 bits as four; each an unsigned 32-bit number. */
export interface Address {
  readonly family: 4 | 6
  readonly words: readonly number[]
}

/** All addresses of a family that begin with the same bits; the bits after them are zero. */
export interface Network extends Address {
  /** 0 to 32, or 0 to 128. */
  readonly prefixBits: number
}

const WORD_BITS = 32
const GROUPS = 8
/** `::ffff:0:0/96` is IPv4. */
const MAPPED_BITS = 96
/** Six full groups and dotted decimal. */
const TEXT_MAX = 45

/**
 * An address in one of its standard spellings: dotted decimal of four octets, or IPv6 (RFC 4291 section 2.2).
 * `undefined` for all else: octal or leading zeros, missing octets, zone ids, brackets, ports, white space.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > TEXT_MAX) return undefined
  if (!text.includes(':')) {
    const word = parseIpv4(text)
    return word === undefined ? undefined : { family: 4, words: [word] }
  }
  const words = parseIpv6(text)
  return words === undefined ? undefined : unmapped(words)
}

/**
 * A range such as `192.0.2.0/24`, or one address. `undefined` for what {@link parseAddress} refuses, for prefixes that are
 * too long or begin with a zero, for a mapped IPv4 range that reaches out of `::ffff:0:0/96`, and for bits after the prefix:
 * `192.0.2.7/24` may mean one address or 256, and only its author knows.
 */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/')
  const written = slash < 0 ? text : text.slice(0, slash)
  const address = parseAddress(written)
  if (address === undefined) return undefined
  if (slash < 0) return networkOf(address, address.words.length * WORD_BITS)
  const prefix = text.slice(slash + 1)
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(prefix)) return undefined
  const mapped = address.family === 4 && written.includes(':')
  const prefixBits = Number(prefix) - (mapped ? MAPPED_BITS : 0)
  if (prefixBits < 0 || prefixBits > address.words.length * WORD_BITS) return undefined
  const network = networkOf(address, prefixBits)
  return network.words.every((word, i) => word === address.words[i]) ? network : undefined
}

/** The network of an address: its first bits, the rest zero. */
export const networkOf = ({ family, words }: Address, prefixBits: number): Network => ({
  family,
  words: words.map((word, i) => (word & maskOf(prefixBits - i * WORD_BITS)) >>> 0),
  prefixBits,
})

/** One client, as far as its address tells: an IPv4 address, or the /64 in which an IPv6 client can roam (RFC 8981). */
export const CLIENT_BITS = { 4: 32, 6: 64 } as const

/** Prefix length that one site may hold: an IPv4 /24, an IPv6 /48 (RFC 6177). */
export const SITE_BITS = { 4: 24, 6: 48 } as const

/** The network of an address or network in text, as text; `undefined` where it is neither. */
export function networkAround(text: string, bits: Readonly<Record<4 | 6, number>>): string | undefined {
  const network = parseNetwork(text)
  return network && networkText(networkOf(network, bits[network.family]))
}

/** Whether an address is in a network. Families are apart: `::/0` holds no IPv4 address. */
export const contains = (network: Network, address: Address): boolean =>
  network.family === address.family &&
  network.words.every(
    (word, i) => ((address.words[i] ?? 0) & maskOf(network.prefixBits - i * WORD_BITS)) >>> 0 === word,
  )

/** Whether two networks have an address in common. */
export const overlaps = (one: Network, other: Network): boolean =>
  one.prefixBits <= other.prefixBits ? contains(one, other) : contains(other, one)

/** The canonical text: dotted decimal, or RFC 5952 section 4 (lower case, the longest run of zeros as `::`). */
export function addressText({ family, words }: Address): string {
  if (family === 4) return [24, 16, 8, 0].map((shift) => ((words[0] ?? 0) >>> shift) & 0xff).join('.')
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff])
  const { start, length } = longestZeros(groups)
  // Section 4.2.2: a single zero group is not shortened.
  if (length < 2) return hex(groups)
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

const hex = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':')

/** The canonical text of a network, with its prefix. */
export const networkText = (network: Network): string => `${addressText(network)}/${network.prefixBits}`

/** A word with its first bits set; `bits` may be outside the range of the word. */
const maskOf = (bits: number): number => (bits <= 0 ? 0 : bits >= WORD_BITS ? -1 : -1 << (WORD_BITS - bits))

function unmapped(words: readonly number[]): Address {
  const [a, b, c, d = 0] = words
  return a === 0 && b === 0 && c === 0xffff ? { family: 4, words: [d] } : { family: 6, words }
}

const OCTET = '(0|[1-9][0-9]{0,2})'
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`)

function parseIpv4(text: string): number | undefined {
  const octets = IPV4.exec(text)?.slice(1).map(Number)
  if (octets === undefined || octets.some((octet) => octet > 255)) return undefined
  return octets.reduce((word, octet) => word * 256 + octet, 0)
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split('::')
  const [head, tail] = halves.map(parseGroups)
  if (head === undefined || halves.length > 2) return undefined
  if (halves.length === 1) return head.length === GROUPS ? toWords(head) : undefined
  if (tail === undefined || head.length + tail.length >= GROUPS) return undefined
  // Dotted decimal is allowed at the end only.
  if (halves[0]?.includes('.') === true) return undefined
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => 0)
  return toWords([...head, ...zeros, ...tail])
}

/** Groups separated by colons. The last may be dotted decimal, which counts as two. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  if (parts.length > GROUPS) return undefined
  const groups: number[] = []
  for (const [i, part] of parts.entries()) {
    const word = i === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined
    if (word !== undefined) groups.push(word >>> 16, word & 0xffff)
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

const toWords = (groups: readonly number[]): number[] =>
  [0, 2, 4, 6].map((i) => (groups[i] ?? 0) * 0x10000 + (groups[i + 1] ?? 0))

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let length = 0
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > best.length) best = { start: i - length + 1, length }
  }
  return best
}
