/** The session cookie: `HttpOnly`, `SameSite=Strict`, and `Secure` except on this machine. */
import { SESSION_SECONDS } from './session.ts'

/** Host names of this machine. There, a cookie without HTTPS is safe, because no network lies in between. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/

/** Whether this address allows a session. */
export const canHoldSession = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || LOOPBACK.test(hostname)

/** With the prefix `__Host-`, browsers require `Secure`, this host only, and `Path=/`. They accept it only over HTTPS. */
const nameAt = ({ protocol }: URL): string =>
  protocol === 'https:' ? '__Host-postern_session' : 'postern_session'

/** `Set-Cookie` that starts a session. */
export const sessionCookie = (url: URL, value: string): string => cookie(url, value, SESSION_SECONDS)

/** `Set-Cookie` that ends a session. */
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

/** The value of the session cookie; `undefined` if the request has none. */
export function sessionCookieOf(url: URL, header: string | null): string | undefined {
  const start = `${nameAt(url)}=`
  return (header ?? '')
    .split(/; ?/)
    .find((pair) => pair.startsWith(start))
    ?.slice(start.length)
}
