/**
 * What the cookie of a session holds: its random name and its end, signed, so that a forged one costs no question. Whose it
 * is, and whether it was ended, the registry knows. It ends after twelve hours at the latest, and when the master key that
 * signed it is retired.
 */
import { type Bytes, fromBase64Url, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { type MasterKey, derive } from '../../platform/master-key.ts'

export const SESSION_SECONDS = 12 * 60 * 60

export interface Session {
  /** Random; the registry knows its hash, and it makes the session's form token its own. */
  readonly id: string
  readonly endsAtSeconds: number
}

export interface Sessions {
  /** A new session, and the value of its cookie. */
  open(nowSeconds: number): Promise<{ readonly session: Session; readonly cookie: string }>
  /** The session of a cookie's value; `undefined` when it is over or forged. */
  read(cookie: string | undefined, nowSeconds: number): Promise<Session | undefined>
  /** What the session's forms carry, so that no other site can post them. */
  formToken(session: Session): Promise<string>
  isFormToken(presented: string, session: Session): Promise<boolean>
}

/** Sessions signed under the newest master key; those of older ones that are still configured are read. */
export function sessions(masters: readonly [MasterKey, ...MasterKey[]]): Sessions {
  const keys = masters.map((master) => once(() => derive(master, 'session').then(hmacKey)))
  const material = (use: 'session' | 'form', { id, endsAtSeconds }: Session): Bytes =>
    utf8(JSON.stringify([use, id, endsAtSeconds]))

  async function sign(signed: Bytes): Promise<string> {
    const [newest] = keys
    if (newest === undefined) throw new TypeError('there is no master key')
    return toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await newest(), signed)))
  }

  /** WebCrypto compares, in constant time. */
  async function verifies(signature: string, signed: Bytes): Promise<boolean> {
    const bytes = fromBase64Url(signature)
    if (bytes?.byteLength !== 32) return false
    for (const key of keys) if (await crypto.subtle.verify('HMAC', await key(), bytes, signed)) return true
    return false
  }

  return {
    async open(nowSeconds) {
      const session = { id: newId(), endsAtSeconds: nowSeconds + SESSION_SECONDS }
      const signature = await sign(material('session', session))
      return { session, cookie: `${session.endsAtSeconds}.${session.id}.${signature}` }
    },
    async read(cookie, nowSeconds) {
      const match = /^([0-9]{1,12})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/.exec(cookie ?? '')
      if (match === null) return undefined
      const [, ends = '', id = '', signature = ''] = match
      const session = { id, endsAtSeconds: Number(ends) }
      const genuine = await verifies(signature, material('session', session))
      return genuine && session.endsAtSeconds > nowSeconds ? session : undefined
    },
    formToken: async (session) => sign(material('form', session)),
    isFormToken: async (presented, session) => verifies(presented, material('form', session)),
  }
}

const newId = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(16)))

const hmacKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: T | undefined
  return async () => (made ??= await make())
}
