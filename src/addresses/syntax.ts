/**
 * The form of an address in an envelope: RFC 5321 section 4.1.2 with the lengths of section 4.5.3.1, and RFC 6531 for other scripts. Comments,
 * folding and obsolete forms of RFC 5322 belong to headers, and a literal such as `[192.0.2.1]` names no domain: both are refused.
 */
import { utf8 } from '../platform/bytes.ts'

const LOCAL_MAX_BYTES = 64
/** A path has at most 256 octets with its brackets. */
const ADDRESS_MAX_BYTES = 254
const DOMAIN_MAX_BYTES = 255

export interface ReadAddress {
  /** Only the receiving server may interpret it. */
  readonly local: string
  /** Lower case, in A-labels. */
  readonly domain: string
  /** Whether the local part needs SMTPUTF8, which many servers lack. */
  readonly isInternational: boolean
}

/** ASCII of an atom (RFC 5322 section 3.2.3), and what is beyond ASCII but no control and no white space. */
const ATOM = /^(?:[a-z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{Cc}\p{Z}\p{Cs}])+$/iu
/** RFC 5321: printable ASCII, a quote and a backslash only behind a backslash. */
const QUOTED = /^"(?:[ !#-[\]-~]|\\[ -~]|[^\p{ASCII}\p{Cc}\p{Z}\p{Cs}])*"$/u

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const PLAIN_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u

/** `undefined` if no server may be asked to take mail for it. Never throws. */
export function readEnvelopeAddress(address: string): ReadAddress | undefined {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, Math.max(0, at))
  const domain = asciiDomain(address.slice(at + 1))
  if (at < 1 || domain === undefined) return undefined
  const isLocal = local.startsWith('"') ? QUOTED.test(local) : local.split('.').every((one) => ATOM.test(one))
  const localBytes = utf8(local).byteLength
  if (!isLocal || localBytes > LOCAL_MAX_BYTES || localBytes + 1 + domain.length > ADDRESS_MAX_BYTES)
    return undefined
  return { local, domain, isInternational: /\P{ASCII}/u.test(local) }
}

/**
 * The domain in A-labels; `undefined` if it has no form of a name in the public DNS. The parser of URLs turns `0x7f.1` into an address and
 * leaves `_` alone, so that the labels are checked after it.
 */
function asciiDomain(text: string): string | undefined {
  const url = `http://${text}`
  if (!PLAIN_DOMAIN.test(text) || !URL.canParse(url)) return undefined
  const domain = new URL(url).hostname
  const labels = domain.split('.')
  const isNumber = /^[0-9]+$/.test(labels.at(-1) ?? '')
  return labels.length > 1 &&
    !isNumber &&
    domain.length <= DOMAIN_MAX_BYTES &&
    labels.every((label) => LABEL.test(label))
    ? domain
    : undefined
}
