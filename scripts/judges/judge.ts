/** The contract of code that we did not write, and that judges deliveries of our simulated senders. */
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'

/** A delivery, and the account under whose secrets it is judged. */
export interface Asked {
  readonly account: Account
  readonly request: OutgoingRequest
}

/** An event in the words of the judge. */
export interface ForeignEvent {
  readonly event_type: string
  readonly recipient: string | null
  readonly message_id: string | number | null
  readonly at_seconds: number | null
}

export interface Answer {
  readonly accepted: boolean
  /** Why not. */
  readonly why?: string
  /** Absent if the judge only checks the proof. */
  readonly events?: readonly ForeignEvent[]
}

export type Judge = (asked: readonly Asked[]) => Promise<readonly Answer[]>

type Secrets = Readonly<Record<string, string>>

export const secretsOf = ({ document }: Pick<Account, 'document'>): Secrets => document['secrets'] as Secrets

/** User name and password as in the header, with a colon. */
export function basicAuthOf(account: Pick<Account, 'document'>): string {
  const { username, password } = secretsOf(account)['basic_auth'] as unknown as Secrets
  return `${username}:${password}`
}

export const textOf = ({ body }: Pick<OutgoingRequest, 'body'>): string => Buffer.from(body).toString()
