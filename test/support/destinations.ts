/** Stand-ins for the objects that deliver, which live in the consumer: they note what they are asked. `test/e2e` has the real ones. */
import type { Attempt, ReplayBegun } from '../../src/api/destinations.ts'
import { NOTHING_FORGOTTEN } from '../../src/platform/forgotten.ts'
import type { DeliveryStatus, DestinationApi } from '../../src/destinations/api.ts'

export const ACTIVE: DeliveryStatus = {
  state: 'active',
  reason: null,
  since: null,
  backlog: 0,
  backlog_since: null,
  waiting: 0,
  given_up: 0,
  missed: 0,
  filtered: 0,
  store_restored_at: null,
  last_success_at: null,
  failing_since: null,
  blocked_since: null,
  replay: null,
  hours: [],
  warning: null,
}

export const ATTEMPT: Attempt = {
  id: 'evt-1',
  at: '2026-06-02T10:00:00.000Z',
  kind: 'test',
  event_ids: ['evt-1'],
  events: 1,
  try: 0,
  status: 200,
  milliseconds: 12,
  error: null,
  response: 'ok',
  outcome: 'delivered',
}

const REPLAY: ReplayBegun = {
  events: 3,
  left: 3,
  since: '2026-06-02T10:00:00.000Z',
  until: '2026-06-02T11:00:00.000Z',
  running: true,
  matching: null,
  is_estimate: false,
}

export interface Destinations {
  readonly getByName: (name: string) => DestinationApi
  /** `<name> <call>`, in order. */
  readonly calls: string[]
}

/** @param changes calls that answer otherwise */
export function destinationObjects(changes: Partial<DestinationApi> = {}): Destinations {
  const calls: string[] = []
  const answers: DestinationApi = {
    wake: async () => undefined,
    changed: async () => undefined,
    resume: async () => undefined,
    test: async (type) => ({ attempt: ATTEMPT, type: type ?? 'email.delivered' }),
    status: async () => ACTIVE,
    replay: async () => REPLAY,
    cancelReplay: async () => true,
    forget: async () => NOTHING_FORGOTTEN,
    tellErased: async () => true,
    forgetPerson: async () => NOTHING_FORGOTTEN,
    attemptsOf: async () => [],
    attempts: async () => ({ entries: [ATTEMPT], next: null }),
    waiting: async () => ({ entries: [], next: null }),
    retryNow: async () => 2,
    skip: async (id, held = []) => (held.length > 0 ? 'held' : id === 'evt-1'),
    givenUp: async () => ({ entries: [], next: null }),
    redrive: async () => 4,
    ...changes,
  }
  const noted = (name: string): DestinationApi =>
    Object.fromEntries(
      Object.entries(answers).map(([call, work]) => [
        call,
        (...args: unknown[]) => {
          calls.push(`${name} ${call}`)
          return (work as (...given: unknown[]) => unknown)(...args)
        },
      ]),
    ) as unknown as DestinationApi
  return { getByName: noted, calls }
}
