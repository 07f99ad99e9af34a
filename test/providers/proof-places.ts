/** Where a delivery has its credentials, so that the suite can tamper with one at a time: headers, query, members of the body. */
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'
import { isObject } from '../../src/platform/json.ts'
import { withHeader } from './simulated-events.ts'

export interface ProofPlace {
  readonly name: string
  /** The request with another value there; null takes it away. */
  readonly change: (change: (value: string) => string | null) => OutgoingRequest
}

/** @param members dotted paths into a JSON body: `signature.token` */
export const proofPlaces = (
  account: Account,
  request: OutgoingRequest,
  members: readonly string[],
): readonly ProofPlace[] => [
  ...request.proofHeaders.map((name) => ({
    name,
    change: (change: (value: string) => string | null) =>
      withHeader(request, name, change(request.headers[name] ?? '')),
  })),
  ...secretParameters(account).map((name) => ({
    name: `?${name}`,
    change: (change: (value: string) => string | null) => withParameter(request, name, change),
  })),
  ...members.map((path) => ({
    name: path,
    change: (change: (value: string) => string | null) => ({
      ...request,
      body: new TextEncoder().encode(
        JSON.stringify(
          withMember(JSON.parse(new TextDecoder().decode(request.body)), path.split('.'), change),
        ),
      ),
    }),
  })),
]

/** Query parameters that are secret according to the source's document. */
function secretParameters({ document }: Account): string[] {
  const secrets = document['secrets']
  const query = isObject(secrets) ? secrets['query'] : undefined
  return isObject(query) ? Object.keys(query) : []
}

function withParameter(
  request: OutgoingRequest,
  name: string,
  change: (value: string) => string | null,
): OutgoingRequest {
  const query = new URLSearchParams(request.query)
  const value = change(query.get(name) ?? '')
  query.delete(name)
  if (value !== null) query.append(name, value)
  return { ...request, query: `?${query.toString()}` }
}

function withMember(
  here: unknown,
  [name, ...rest]: readonly string[],
  change: (value: string) => string | null,
): unknown {
  if (name === undefined) return change(String(here))
  if (!isObject(here) || !Object.hasOwn(here, name)) throw new Error(`no member ${name} in the body`)
  const { [name]: member, ...others } = here
  const changed = withMember(member, rest, change)
  return changed === null ? others : { ...others, [name]: changed }
}
