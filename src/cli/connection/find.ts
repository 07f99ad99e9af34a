/** Finds the console and its token: --url, else POSTERN_URL, else the last login, else the Postern of this machine. */
import { isLoopback } from '../../simulator/post.ts'
import type { Io } from '../command.ts'
import { Stop, UsageError } from '../stop.ts'
import { readLogins } from './config-file.ts'

export interface Connection {
  /** The origin alone. */
  readonly url: URL
  readonly token: string
  /** Headers that let a program through Cloudflare Access, where that stands in front. */
  readonly passing: Readonly<Record<string, string>>
}

/** Where `npm start` listens. */
const LOCAL_PORT = 8788

/** @throws {Stop} without a token for that console */
export async function findConnection(
  given: string | undefined,
  io: Pick<Io, 'environment' | 'checkout'>,
): Promise<Connection> {
  const { environment } = io
  const logins = await readLogins(environment)
  const url = consoleUrl(
    given ?? (environment['POSTERN_URL'] || logins.current || localUrl(environment['CONSOLE_PORT'])),
  )
  const token = environment['POSTERN_TOKEN'] || logins.tokens[url.origin] || (await localToken(url, io))
  if (token === undefined)
    throw new Stop(
      'denied',
      'no_token',
      `There is no token for ${url.origin}: run postern login, or set POSTERN_TOKEN.`,
    )
  // `fetch` would quote a value that is not allowed in a header in its error.
  if (!isHeaderValue(token))
    throw new Stop('denied', 'no_token', 'The token has characters that no token has.')
  return { url, token, passing: accessHeadersOf(url, environment) }
}

/** @throws {UsageError} for what is neither https nor http to this machine */
export function consoleUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))))
    throw new UsageError('The URL of the console must be https, or http to this machine.')
  if (url.username !== '' || url.password !== '')
    throw new UsageError('The URL of the console holds credentials: leave them out, and log in.')
  return new URL(url.origin)
}

/** Whether the console is the one that `npm start` runs here. */
export const isLocal = (url: URL): boolean => url.protocol === 'http:'

const localUrl = (port: string | undefined): string => `http://localhost:${port || LOCAL_PORT}`

/** A service token of Access, under the names that Wrangler has for it. Never without TLS. */
export function accessHeadersOf(url: URL, environment: Io['environment']): Record<string, string> {
  const id = environment['CLOUDFLARE_ACCESS_CLIENT_ID']
  const secret = environment['CLOUDFLARE_ACCESS_CLIENT_SECRET']
  if (!id || !secret || url.protocol !== 'https:') return {}
  if (![id, secret].every(isHeaderValue))
    throw new UsageError('CLOUDFLARE_ACCESS_CLIENT_ID or _SECRET has characters that no service token has.')
  return { 'cf-access-client-id': id, 'cf-access-client-secret': secret }
}

const isHeaderValue = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

/** The token of `npm start`, for this machine alone. */
const localToken = async (
  url: URL,
  { environment, checkout }: Pick<Io, 'environment' | 'checkout'>,
): Promise<string | undefined> =>
  isLocal(url) ? environment['ADMIN_TOKEN'] || (await checkout?.devVars())?.get('ADMIN_TOKEN') : undefined
