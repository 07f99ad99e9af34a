/**
 * The contract of one simulated ESP: it signs as the real one does, with code of its own. A sender never imports from
 * `src/gateway/authenticate/` or `src/providers/`: a verifier turned around would agree with its own mistakes.
 */

export interface Sender {
  /** The provider's name in source documents. */
  readonly provider: string
  /** A fresh ESP account: its secrets are made anew on each call. */
  readonly open: () => Promise<Account>
}

export interface Account {
  /** What an operator would put at `/api/sources/<name>`, secrets included. */
  readonly document: Readonly<Record<string, unknown>>
  /** Event kinds this ESP can report, by Postern's type: the simulator picks among them. */
  readonly kinds: readonly string[]
  /** Those of the kinds that come without the recipient's address, where the ESP names people by an id of its own. */
  readonly nameless?: readonly string[]
  /**
   * One delivery as the ESP would send it, signed at the given time. Several simulatedEvents where the ESP batches, else the first.
   * The same simulatedEvents again are the ESP's retry: what it keeps on a retry is the same, what it makes anew is new.
   * A kind that is none of the account's is sent as the native word itself, so that a word unknown to Postern can be attempted.
   */
  readonly deliver: (
    simulatedEvents: readonly SimulatedEvent[],
    nowSeconds: number,
  ) => Promise<OutgoingRequest>
  /** What a receiver may have to fetch from the ESP: the text behind each URL (SNS certificates). */
  readonly serves?: Readonly<Record<string, string>>
}

/** Something that happened to a message, in the simulator's words. */
export interface SimulatedEvent {
  /** Postern's type, one of the account's kinds: `email.bounced`. */
  readonly kind: string
  readonly messageId: string
  readonly recipient: string
  readonly occurredAtSeconds: number
  /** Bounces: hard or soft. */
  readonly bounce?: 'hard' | 'soft' | undefined
  readonly url?: string | undefined
}

export interface OutgoingRequest {
  readonly method: 'POST' | 'GET'
  /** With its question mark, or empty. */
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /**
   * Headers (lower case) that carry the proof and, where it is signed, whether a changed body must be refused. The shared
   * suite changes these one at a time.
   */
  readonly proofHeaders: readonly string[]
  readonly bodyIsSigned: boolean
}
