/** An ESP that delivers without a pause and sends again whatever was not accepted, and an operator at the console meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Received } from '../../../src/simulator/http.ts'
import type { OutgoingRequest } from '../../../src/simulator/sender.ts'

/** An ESP's waits, shorter: from this, doubled, to that. */
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 2_000
/** Out of so many deliveries, the ESP sends one again although it was accepted. */
const COPY_OF = 7
/** More than a claim's lease of 60 s: until it ends, a retry gets 503. */
const TRIES_MAX = 100

/** Counts of answers, by status. A request without an answer counts as `none`. */
export class Statuses {
  readonly counts = new Map<string, number>()

  add(status: string): void {
    this.counts.set(status, (this.counts.get(status) ?? 0) + 1)
  }

  /** `4 of status 503`, for instance. */
  get retried(): string {
    const others = [...this.counts].filter(([status]) => status !== 'accepted')
    return others.map(([status, count]) => `${count} of status ${status}`).join(', ') || 'none'
  }
}

export interface Load {
  /** Deliveries that were accepted. */
  readonly accepted: () => number
  /** Resolves when what was begun is accepted. */
  readonly end: () => Promise<void>
}

/**
 * @param nextRequest the next delivery, signed
 * @param send throws if there is no answer
 */
export function startLoad(
  inParallel: number,
  nextRequest: () => Promise<OutgoingRequest>,
  send: (request: OutgoingRequest) => Promise<Received>,
  statuses: Statuses,
): Load {
  const over = new AbortController()
  let accepted = 0
  const deliver = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const request = await nextRequest()
      await again(() => send(request), statuses)
      accepted++
      if (accepted % COPY_OF === 0) await again(() => send(request), statuses)
    }
  }
  const all = Promise.all(Array.from({ length: inParallel }, deliver))
  // The caller that ends the load gets the failure. Until then it must not count as unhandled.
  all.catch(() => undefined)
  return {
    accepted: () => accepted,
    async end() {
      over.abort()
      await all
    },
  }
}

/** Sends until it is accepted. @throws {Error} if it never is */
export async function again(send: () => Promise<Received>, statuses: Statuses): Promise<Received> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const answer = await send().catch(() => undefined)
    const isAccepted = answer !== undefined && answer.status < 300
    statuses.add(isAccepted ? 'accepted' : String(answer?.status ?? 'none'))
    if (isAccepted) return answer
    await sleep(Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS))
  }
  throw new Error(`not accepted in ${TRIES_MAX} tries: ${statuses.retried}`)
}
