/**
 * The value of the session cookie: a random id and an expiry, signed, so that a forged cookie costs no call to the registry.
 * The registry knows the session's actor and whether it was ended. A session ends after twelve hours, or earlier if the
 * master key that signed it is removed.
 */
import { type Bytes, fromBase64Url, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { type MasterKey, derive } from '../../platform/master-key.ts'

export const SESSION_SECONDS = 12 * 60 * 60

export interface Session {
  /** Random. The registry stores its hash, and the form token is derived from it. */
  readonly id: string
  readonly endsAtSeconds: number
}

export interface Sessions {
  /** Starts a session, and returns it with the value of its cookie. */
  open(nowSeconds: number): Promise<{ readonly session: Session; readonly cookie: string }>
  /** The session in a cookie's value; `undefined` if it has expired or is forged. */
  read(cookie: string | undefined, nowSeconds: number): Promise<Session | undefined>
  /** The token in the session's forms, which prevents cross-site request forgery. */
  formToken(session: Session): Promise<string>
  isFormToken(presented: string, session: Session): Promise<boolean>
}

/** Signs with the newest master key. Also verifies signatures of the other configured master keys. */
export function sessions(masters: readonly [MasterKey, ...MasterKey[]]): Sessions {
  const keys = masters.map((master) => lazy(() => derive(master, 'session').then(hmacKey)))
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

function lazy<T>(make: () => Promise<T>): () => Promise<T> {
  let made: T | undefined
  return async () => (made ??= await make())
}
