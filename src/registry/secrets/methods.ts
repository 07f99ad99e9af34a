/** Checks that a source has what its auth methods need. If not, it would refuse every delivery. */
import type { AuthMethod, Provider } from '../../providers/shared/provider.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { DocumentProblem, MissingSecrets } from '../sources/source.ts'

/**
 * @param filled names of the slots with a secret
 * @param mayLackSecrets whether the source may have no secret of any method. It then refuses everything.
 */
export function methodProblems(
  provider: Provider,
  config: SourceConfig,
  filled: ReadonlySet<string>,
  mayLackSecrets = false,
): DocumentProblem[] {
  // There is no secret that the operator could find and enter.
  if (provider.authMethods.length === 0)
    return [{ path: 'provider', problem: `${provider.title} posts nothing: its events come by a queue.` }]
  const wanted = config.auth.methods
  const problems = [...jwtProblems(config), ...unknownMethods(provider, config)]
  const isEmpty = !provider.authMethods.some((method) => isUsable(method, filled))
  if (isEmpty && mayLackSecrets) return problems
  problems.push(
    ...signatureProblems(provider, config, filled),
    ...sharedKeyProblems(provider, config, filled),
  )
  if (wanted !== undefined)
    return [...problems, ...wanted.flatMap((name, i) => namedProblem(provider, filled, name, i))]
  if (!isEmpty) return problems
  const slots = [...new Set(provider.authMethods.flatMap((method) => method.slots))].join(', ')
  return [...problems, { path: 'secrets', problem: `At least one of these is needed: ${slots}.` }]
}

export const isUsable = ({ slots }: AuthMethod, filled: ReadonlySet<string>): boolean =>
  slots.some((slot) => filled.has(slot))

/**
 * The auth methods that may verify a delivery, in the provider's order. If there is none, the source refuses everything.
 *
 * @param filled names of the slots with an accepted secret
 */
export function usableMethods(
  provider: Provider,
  config: SourceConfig,
  filled: ReadonlySet<string>,
): readonly AuthMethod[] {
  const { require, methods } = config.auth
  const holding = wantedMethods(provider, config).filter((method) => isUsable(method, filled))
  const usable = holding.filter(
    (method) => isBound(method, config) && isUsable(fitting(provider, config, method), filled),
  )
  // With "all", a method that is configured or has a secret must not be skipped because it is unusable.
  const asked = methods === undefined ? holding.length : new Set(methods).size
  return require === 'all' && usable.length !== asked ? [] : usable
}

/** Missing secrets while no method can verify a delivery; null if one can. */
export function missingSlots(
  provider: Provider,
  config: SourceConfig,
  filled: ReadonlySet<string>,
): MissingSecrets | null {
  if (usableMethods(provider, config, filled).length > 0) return null
  const lacking = wantedMethods(provider, config)
    .map((method) => fitting(provider, config, method))
    .filter((method) => !isUsable(method, filled))
  const groups = lacking.map(({ slots }) => slots)
  const { require, methods } = config.auth
  const needed = require === 'all' && methods !== undefined ? groups : [groups.flat()]
  return needed.filter((slots) => slots.length > 0).map((slots) => [...new Set(slots)])
}

const wantedMethods = ({ authMethods }: Provider, { auth }: SourceConfig): readonly AuthMethod[] =>
  authMethods.filter(({ name }) => auth.methods?.includes(name) ?? true)

/** A document without the required binding is refused when it is saved. If one is stored nevertheless, its method is not used. */
const isBound = ({ needsJwt = [] }: AuthMethod, { jwt }: SourceConfig): boolean =>
  needsJwt.every((name) => Boolean(jwt?.[name]))

/** The method with only those slots whose secrets fit the algorithm of a free signature. */
function fitting(provider: Provider, { signature }: SourceConfig, method: AuthMethod): AuthMethod {
  const isKeySlot = (slot: string) => provider.secrets[slot] === 'any-public'
  if (signature === undefined || !method.slots.some(isKeySlot)) return method
  const isHmac = signature.algorithm.startsWith('hmac-')
  return { ...method, slots: method.slots.filter((slot) => isKeySlot(slot) !== isHmac) }
}

const unknownMethods = (provider: Provider, { auth }: SourceConfig): DocumentProblem[] =>
  (auth.methods ?? []).flatMap((name, i) => {
    if (provider.authMethods.some((candidate) => candidate.name === name)) return []
    const known = provider.authMethods.map((candidate) => candidate.name).join(', ')
    const problem = `${provider.title} has no such method; it has: ${known}.`
    return [{ path: `auth.methods.${i}`, problem }]
  })

function namedProblem(
  provider: Provider,
  filled: ReadonlySet<string>,
  name: string,
  index: number,
): DocumentProblem[] {
  const path = `auth.methods.${index}`
  const method = provider.authMethods.find((candidate) => candidate.name === name)
  if (method === undefined || isUsable(method, filled)) return []
  return [
    { path, problem: `Needs a secret in ${method.slots.map((slot) => `secrets.${slot}`).join(' or ')}.` },
  ]
}

/** The algorithm of a free signature decides which of its slots is used. */
function signatureProblems(
  provider: Provider,
  config: SourceConfig,
  filled: ReadonlySet<string>,
): DocumentProblem[] {
  if (config.signature === undefined) return []
  const isKeySlot = (slot: string) => provider.secrets[slot] === 'any-public'
  const method = provider.authMethods.find(({ slots }) => slots.some(isKeySlot))
  const needed = method === undefined ? [] : fitting(provider, config, method).slots
  if (needed.length === 0 || needed.some((slot) => filled.has(slot))) return []
  const slots = needed.map((slot) => `secrets.${slot}`).join(' or ')
  return [{ path: 'signature.algorithm', problem: `Needs a secret in ${slots}.` }]
}

/** If all customers of an ESP share its keys, a token must be bound to one customer by issuer or audience. */
export function sharedKeyProblems(
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
