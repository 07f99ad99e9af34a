/** A real authorization server (`oidc-provider`) on this machine, with what a test needs to get tokens from it. */
import { type JsonWebKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { type RequestListener, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AdapterFactory, type AdapterPayload, Provider } from 'oidc-provider'

export const RESOURCE = 'https://postern.example/hooks'
export const OTHER_RESOURCE = 'https://elsewhere.example/hooks'

/** The lifetime of tokens: longer than a key set may be used that cannot be refreshed. */
export const TOKEN_SECONDS = 7_200

/** The clients that send, and the client that introspects tokens. */
const CLIENTS = ['sender', 'other-sender', 'postern', 'stranger'] as const
type ClientId = (typeof CLIENTS)[number]

export type PrivateJwk = JsonWebKey & {
  readonly kty: string
  readonly kid: string
  readonly use: string
  readonly alg: string
}

export interface OAuthServer {
  readonly issuer: string
  readonly secretOf: (client: ClientId) => string
  /** An access token by the client credentials grant (RFC 6749 section 4.4): a JWT where a resource is named. */
  readonly token: (wanted?: Wanted) => Promise<string>
  readonly revoke: (token: string) => Promise<void>
  /** From now on the server signs with these keys and publishes no others. */
  readonly useKeys: (keys: readonly PrivateJwk[]) => void
  /** Closes the port. May be called twice. */
  readonly close: () => Promise<void>
}

export interface Wanted {
  readonly client?: ClientId
  readonly scope?: string
  readonly resource?: string
}

/** @param issuer the server's issuer; its own address by default */
export async function startOAuthServer(keys: readonly PrivateJwk[], issuer?: string): Promise<OAuthServer> {
  let handle: RequestListener = (_request, response) => void response.writeHead(503).end()
  const server = createServer((request, response) => handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const secrets = new Map<ClientId, string>(CLIENTS.map((id) => [id, randomBytes(24).toString('base64url')]))
  const secretOf = (client: ClientId): string => secrets.get(client) ?? ''
  const adapter = memoryAdapter()
  const useKeys = (now: readonly PrivateJwk[]): void => {
    const answer = providerWith(issuer ?? address, now, secretOf, adapter).callback()
    handle = (request, response) => void answer(request, response)
  }
  useKeys(keys)

  const post = async (path: string, client: ClientId, form: Record<string, string>): Promise<string> => {
    const credentials = Buffer.from(`${client}:${secretOf(client)}`).toString('base64')
    const response = await fetch(address + path, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams(form),
    })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text}`)
    return text
  }

  return {
    issuer: issuer ?? address,
    secretOf,
    useKeys,
    async token({ client = 'sender', scope = 'events:write', resource } = {}) {
      const where: Record<string, string> = resource === undefined ? {} : { resource }
      const answer = await post('/token', client, { grant_type: 'client_credentials', scope, ...where })
      return (JSON.parse(answer) as { access_token: string }).access_token
    },
    revoke: async (token) => void (await post('/token/revocation', 'sender', { token })),
    close: () => closed(server),
  }
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

const providerWith = (
  issuer: string,
  keys: readonly PrivateJwk[],
  secretOf: (client: ClientId) => string,
  adapter: AdapterFactory,
): Provider =>
  new Provider(issuer, {
    adapter,
    clients: CLIENTS.map((id) => ({
      client_id: id,
      client_secret: secretOf(id),
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    })),
    cookies: { keys: [randomBytes(24).toString('base64url')] },
    jwks: { keys: [...keys] },
    scopes: ['events:write', 'events:read'],
    ttl: { ClientCredentials: TOKEN_SECONDS },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_context, client, token) => token.clientId === client.clientId,
      },
      introspection: { enabled: true, allowedPolicy: (_context, { clientId }) => clientId === 'postern' },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => [],
        getResourceServerInfo: (_context, resource) => ({
          scope: 'events:write events:read',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: TOKEN_SECONDS,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  })

/** Storage of one server: the bundled adapter is shared by the whole process. */
function memoryAdapter(): AdapterFactory {
  const issued = new Map<string, AdapterPayload>()
  return (kind) => ({
    upsert: async (id, payload) => void issued.set(`${kind} ${id}`, payload),
    find: async (id) => issued.get(`${kind} ${id}`),
    destroy: async (id) => void issued.delete(`${kind} ${id}`),
    // Grants, device codes and sessions have no part in client credentials.
    consume: unused,
    findByUid: unused,
    findByUserCode: unused,
    revokeByGrantId: unused,
  })
}

const unused = (): Promise<never> => Promise.reject(new Error('not of the client credentials grant'))

/** A new RSA key for RS256. */
export function signingKey(kid: string): PrivateJwk {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  return { ...privateKey.export({ format: 'jwk' }), kty: 'RSA', kid, use: 'sig', alg: 'RS256' }
}
