/** Checks that a source has what its auth methods need. If not, it would refuse every delivery. */
import type { AuthMethod, Provider } from '../../providers/provider.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { DocumentProblem } from '../sources/source.ts'

/** @param filled names of the slots with a secret */
export function methodProblems(
  provider: Provider,
  config: SourceConfig,
  filled: ReadonlySet<string>,
): DocumentProblem[] {
  // There is no secret that the operator could find and enter.
  if (provider.authMethods.length === 0)
    return [{ path: 'provider', problem: `${provider.title} posts nothing: its events come by a queue.` }]
  const wanted = config.auth.methods
  const problems = [
    ...signatureProblems(provider, config, filled),
    ...jwtProblems(config),
    ...sharedKeyProblems(provider, config, filled),
  ]
  if (wanted !== undefined)
    return [...problems, ...wanted.flatMap((name, i) => namedProblem(provider, filled, name, i))]
  if (provider.authMethods.some((method) => isUsable(method, filled))) return problems
  const slots = [...new Set(provider.authMethods.flatMap((method) => method.slots))].join(', ')
  return [...problems, { path: 'secrets', problem: `At least one of these is needed: ${slots}.` }]
}

export const isUsable = ({ slots }: AuthMethod, filled: ReadonlySet<string>): boolean =>
  slots.some((slot) => filled.has(slot))

function namedProblem(
  provider: Provider,
  filled: ReadonlySet<string>,
  name: string,
  index: number,
): DocumentProblem[] {
  const path = `auth.methods.${index}`
  const method = provider.authMethods.find((candidate) => candidate.name === name)
  if (method === undefined) {
    const known = provider.authMethods.map((candidate) => candidate.name).join(', ')
    return [{ path, problem: `${provider.title} has no such method; it has: ${known}.` }]
  }
  if (isUsable(method, filled)) return []
  return [
    { path, problem: `Needs a secret in ${method.slots.map((slot) => `secrets.${slot}`).join(' or ')}.` },
  ]
}

/** The algorithm of a free signature decides which of its slots is used. */
function signatureProblems(
  provider: Provider,
  { signature }: SourceConfig,
  filled: ReadonlySet<string>,
): DocumentProblem[] {
  if (signature === undefined) return []
  const isKeySlot = (slot: string) => provider.secrets[slot] === 'any-public'
  const method = provider.authMethods.find(({ slots }) => slots.some(isKeySlot))
  const isHmac = signature.algorithm.startsWith('hmac-')
  const needed = method?.slots.filter((slot) => isKeySlot(slot) !== isHmac) ?? []
  if (needed.length === 0 || needed.some((slot) => filled.has(slot))) return []
  const slots = needed.map((slot) => `secrets.${slot}`).join(' or ')
  return [{ path: 'signature.algorithm', problem: `Needs a secret in ${slots}.` }]
}

/** If all customers of an ESP share its keys, a token must be bound to one customer by issuer or audience. */
function sharedKeyProblems(
  provider: Provider,
  { auth, jwt }: SourceConfig,
  filled: ReadonlySet<string>,
): DocumentProblem[] {
  const used = provider.authMethods.filter(
    (method) => isUsable(method, filled) && (auth.methods?.includes(method.name) ?? true),
  )
  const missing = new Set(used.flatMap(({ needsJwt }) => needsJwt ?? []).filter((name) => !jwt?.[name]))
  return [...missing].map((name) => ({
    path: `jwt.${name}`,
    problem: `Must be set: ${provider.title} signs the tokens of all customers with the same keys.`,
  }))
}

function jwtProblems({ jwt }: SourceConfig): DocumentProblem[] {
  return (jwt?.algorithms ?? []).flatMap((name, i) =>
    JWT_ALGORITHMS.has(name)
      ? []
      : [
          {
            path: `jwt.algorithms.${i}`,
            problem: `Is not supported. Supported: ${[...JWT_ALGORITHMS].join(', ')}.`,
          },
        ],
  )
}

/** RFC 7518 section 3.1 and RFC 8037, without `none`. The same as in `gateway/authenticate/jwt.ts`. */
const JWT_ALGORITHMS: ReadonlySet<string> = new Set([
  'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA',
  'Ed25519',
]) // prettier-ignore
