/** Which bindings of a local Worker are down. `postern drill failover` sets it by a header, in each Worker. */

export interface Outage {
  /** Names of bindings, such as `STORE`. */
  readonly bindings: readonly string[]
  /**
   * `answers_lost`: a call does its work, and its caller gets an error, as when a connection breaks.
   * `down`: a call does nothing, and its caller gets an error.
   */
  readonly kind: 'answers_lost' | 'down'
}

/** Answer to a request that sets it. */
export interface Switched {
  /** Calls that failed since the last one. */
  readonly failedCalls: number
}

export const OUTAGE_HEADER = 'x-local-outage'
export const OVER = 'over'

let outage: Outage | undefined
let failedCalls = 0

/** The outage that this binding has now, if any. */
export const outageOf = (binding: string): Outage['kind'] | undefined =>
  outage?.bindings.includes(binding) === true ? outage.kind : undefined

export function noteFailedCall(): void {
  failedCalls += 1
}

/** Sets the outage if the request asks for it. Undefined for any other request. */
export function switchedBy(request: Request): Response | undefined {
  const asked = request.headers.get(OUTAGE_HEADER)
  if (asked === null) return undefined
  outage = asked === OVER ? undefined : (JSON.parse(asked) as Outage)
  const answer: Switched = { failedCalls }
  failedCalls = 0
  return Response.json(answer)
}
