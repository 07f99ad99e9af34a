/** OAuth 2 access tokens, checked with the server that issued them (RFC 7662). */
import type { OAuth2Credentials } from '../../providers/shared/presented-credentials.ts'
import type { Secret } from '../../registry/sources/source.ts'
import { outboundUrlProblem } from '../../platform/outbound-url.ts'
import { isSecretText } from '../../platform/weak-secret.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { Introspection, type TokenFacts } from './introspection.ts'
import { MAX_KEYS, MAX_TOKEN_LENGTH } from './limits.ts'
import type { Scheme } from './scheme.ts'

type Server = Extract<Secret, { readonly kind: 'oauth2' }>

/** RFC 6750 section 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

/** @param introspection cached answers of servers; all deliveries of an isolate share them */
export const createOAuth2 = (introspection = new Introspection()): Scheme<OAuth2Credentials> => ({
  name: 'oauth2',
  async verify({ slots, token }, context) {
    const servers = context
      .secrets(slots)
      .filter((secret) => secret.kind === 'oauth2')
      .filter(isUsable)
      .slice(0, MAX_KEYS)
    if (servers.length === 0) return refuse({ code: 'secret_missing' })
    if (token === '') return refuse({ code: 'proof_missing', field: 'token' })
    if (token.length > MAX_TOKEN_LENGTH || !TOKEN.test(token))
      return refuse({ code: 'proof_malformed', field: 'token' })

    const outcomes = await Promise.all(
      servers.map(async (server) => {
        const facts = await introspection.ask(server, token, context)
        return facts.ok ? judge(facts.value, server, context.nowSeconds) : facts
      }),
    )
    const [first = refuse({ code: 'secret_missing' })] = outcomes
    return outcomes.find(({ ok }) => ok) ?? outcomes.find(isUndecided) ?? first
  },
})

/** A server that is down or was not asked may know the token. */
const isUndecided = (outcome: Outcome<void>): boolean =>
  !outcome.ok && (outcome.refusal.code === 'proof_unavailable' || outcome.refusal.code === 'address_shielded')

const isUsable = ({ introspectionUrl, clientSecret }: Server): boolean =>
  isSecretText(clientSecret) && outboundUrlProblem(introspectionUrl) === undefined

function judge(facts: TokenFacts, { scope, tokenClientId }: Server, nowSeconds: number): Outcome<void> {
  if (!facts.active) return invalid('inactive')
  if (facts.expiresAtSeconds !== null && facts.expiresAtSeconds <= nowSeconds) return invalid('expired')
  const needed = scope?.split(' ') ?? []
  if (!needed.every((one) => facts.scopes.has(one))) return invalid('scope')
  if (tokenClientId !== null && facts.clientId !== tokenClientId) return invalid('client')
  return pass(undefined)
}

const invalid = (problem: string) => refuse({ code: 'token_invalid', problem })
