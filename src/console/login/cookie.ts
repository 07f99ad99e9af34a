/** The session's cookie: not for scripts, not for other sites, and over HTTPS only except on this machine. */
import { SESSION_SECONDS } from './session.ts'

/** Names on which browsers allow a cookie without HTTPS to mean something: nobody sits in between. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/

/** Whether a session can be had at this address at all. */
export const canHoldSession = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || LOOPBACK.test(hostname)

/** `__Host-` makes browsers insist on Secure, this host alone and the whole path; they take it over HTTPS only. */
const nameAt = ({ protocol }: URL): string =>
  protocol === 'https:' ? '__Host-postern_session' : 'postern_session'

/** `Set-Cookie` of a session that has begun. */
export const sessionCookie = (url: URL, value: string): string => cookie(url, value, SESSION_SECONDS)

/** `Set-Cookie` that ends it. */
export const noSessionCookie = (url: URL): string => cookie(url, '', 0)

const cookie = (url: URL, value: string, maxAgeSeconds: number): string =>
  [
    `${nameAt(url)}=${value}`,
    'Path=/',
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(url.protocol === 'https:' ? ['Secure'] : []),
  ].join('; ')

/** The value of the session's cookie, when it came. */
export function sessionCookieOf(url: URL, header: string | null): string | undefined {
  const start = `${nameAt(url)}=`
  return (header ?? '')
    .split(/; ?/)
    .find((pair) => pair.startsWith(start))
    ?.slice(start.length)
}
