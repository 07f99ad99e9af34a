/**
 * Which URLs of an operator Postern may call. They are checked when they are saved and again before each request. A name may still
 * resolve to a private address, see `dns-check.ts`.
 */
import { type Address, parseAddress } from './network.ts'
import { isPrivateAddress } from './private-networks.ts'

/** A server on the developer's machine. All others need TLS. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Names of internal networks. */
const INNER_NAMES = /(?:^|\.)(?:internal|local|localhost|localdomain|lan|intranet|home\.arpa)$/

const URL_MAX_CHARACTERS = 2_048
const NOT_A_URL = 'Must be an absolute URL of at most 2,048 characters.'
const WITH_USER = 'Must not hold a user name or a password.'
const WITH_FRAGMENT = 'Must not hold a fragment.'
const INNER = 'Must be on the public internet, not at a private, link-local or metadata address.'

/** The problem in one sentence, or `undefined` if the URL may be called. It quotes nothing. */
export function outboundUrlProblem(text: string): string | undefined {
  if (text !== text.trim() || text.length > URL_MAX_CHARACTERS || !URL.canParse(text)) return NOT_A_URL
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return WITH_USER
  if (url.hash !== '') return WITH_FRAGMENT
  if (LOOPBACK_HOSTS.has(url.hostname) && /^https?:$/.test(url.protocol)) return undefined
  if (url.protocol !== 'https:')
    return 'Must be an https URL; http is for a server on this machine only (localhost).'
  const host = canonicalHost(url.hostname)
  const address = addressOf(host)
  if (address !== undefined) return isPrivateAddress(address) ? INNER : undefined
  return INNER_NAMES.test(host) || !host.includes('.') ? INNER : undefined
}

export interface DestinationRules {
  /** Only under `npm start`: this machine and private networks may be called, by http and on any port. */
  readonly allowPrivate: boolean
  /** Hosts of this installation's Workers, with a port if only that port is theirs. */
  readonly ownHosts: readonly string[]
}

/** A scheme, two slashes and a host; nothing that a parser of URLs removes or replaces. */
const WRITTEN_OUT = /^https?:\/\/[^/?#]/i
const REMOVED_OR_REPLACED = /[\s\\\p{Cc}]/u

/** TLS ports that Cloudflare's proxy serves too, so that a destination may be behind it. */
const PORTS: ReadonlySet<string> = new Set(['', '443', '8443'])

/** RFC 1035 section 2.3.4, and underscores, which some hosts have. A name that ends in a number is an address for the parser of URLs. */
const NAME_MAX_CHARACTERS = 253
const NAME = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/

/**
 * The problems of a destination's URL, one sentence each; none if events may be sent there. They quote nothing. A name such as
 * `127.0.0.1.nip.io` passes: only `checkHost` of `dns-check.ts`, before each connection, finds where it leads.
 */
export function destinationUrlProblems(text: string, rules: DestinationRules): string[] {
  if (text.length > URL_MAX_CHARACTERS || REMOVED_OR_REPLACED.test(text) || !URL.canParse(text))
    return [NOT_A_URL]
  if (!WRITTEN_OUT.test(text)) return [rules.allowPrivate ? 'Must be an http or https URL.' : NOT_HTTPS]
  const url = new URL(text)
  const problems = [
    url.username === '' && url.password === '' ? [] : [WITH_USER],
    text.includes('#') ? [WITH_FRAGMENT] : [],
    isOwn(url, rules.ownHosts)
      ? ['Must not be a host of this Postern: its events would come back to it.']
      : [],
    rules.allowPrivate ? [] : publicUrlProblems(url),
  ]
  return problems.flat()
}

const NOT_HTTPS = 'Must be an https URL.'

function publicUrlProblems({ protocol, port, hostname }: URL): string[] {
  const problems = protocol === 'https:' ? [] : [NOT_HTTPS]
  // A wrong scheme makes every port wrong.
  if (problems.length === 0 && !PORTS.has(port)) problems.push('Must use port 443 or 8443.')
  const host = hostProblem(canonicalHost(hostname))
  return host === undefined ? problems : [...problems, host]
}

function hostProblem(host: string): string | undefined {
  // Error 1003: https://developers.cloudflare.com/workers/platform/known-issues/
  if (host.startsWith('[') || addressOf(host) !== undefined)
    return 'Must have a host name instead of an address: Cloudflare Workers cannot call an address.'
  if (INNER_NAMES.test(host) || !host.includes('.')) return INNER
  return host.length > NAME_MAX_CHARACTERS || !NAME.test(host) ? 'Must have a valid host name.' : undefined
}

/** The host as URLs compare it: lower case, punycode, IPv6 in brackets; without dots at its end, which mean the same host. */
const canonicalHost = (hostname: string): string => hostname.toLowerCase().replace(/\.+$/, '')

/** The name or address to check before a connection, without brackets. @param url without problems */
export const hostOf = (url: string): string => canonicalHost(new URL(url).hostname).replaceAll(/[[\]]/g, '')

const addressOf = (host: string): Address | undefined => parseAddress(host.replaceAll(/[[\]]/g, ''))

function isOwn(url: URL, ownHosts: readonly string[]): boolean {
  const host = loopbackless(canonicalHost(url.hostname))
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : url.port
  return ownHosts.some((own) => {
    const [, name = '', ownPort] = /^(.+?)(?::([0-9]+))?$/.exec(own) ?? []
    if (!URL.canParse(`https://${name}`)) return false
    const ownHost = loopbackless(canonicalHost(new URL(`https://${name}`).hostname))
    return (ownPort === undefined || ownPort === port) && (host === ownHost || isPreviewOf(ownHost, host))
  })
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' }

/** All spellings of this machine are one host. */
const loopbackless = (host: string): string => (LOOPBACK_HOSTS.has(host) ? 'localhost' : host)

/** Each version of a Worker has `<version>-<worker>.<account>.workers.dev`: https://developers.cloudflare.com/workers/configuration/previews/ */
const isPreviewOf = (own: string, host: string): boolean =>
  own.endsWith('.workers.dev') && host.endsWith(`-${own}`)
