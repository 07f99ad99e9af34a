/**
 * The contract of one simulated ESP, which signs as the real one does. A sender has its own code and never imports from
 * `src/gateway/authenticate/` or `src/providers/`: shared code would hide shared mistakes.
 */

export interface Sender {
  /** The provider's name in source documents. */
  readonly provider: string
  /** Opens a new ESP account with new secrets. Shared secrets, but no private keys, may be given by slot. */
  readonly open: (given?: Given) => Promise<Account>
}

/** Values of secrets by slot, as in a source document. */
export type Given = Readonly<Record<string, string>>

export interface Account {
  /** Document that an operator would put at `/api/sources/<name>`, secrets included. */
  readonly document: Readonly<Record<string, unknown>>
  /** Postern's event types that this ESP can report. The simulator picks among them. */
  readonly kinds: readonly string[]
  /** The kinds that are reported without the recipient's address. */
  readonly nameless?: readonly string[]
  /**
   * One delivery as the ESP would send it, signed at the given time. It has all given events if the ESP batches, else the first.
   * A second call with the same events is a retry: it keeps and renews the same fields as the ESP's own retries.
   * A kind that the account does not list is sent as the native type itself, so that tests can send unknown types.
   */
  readonly deliver: (
    simulatedEvents: readonly SimulatedEvent[],
    nowSeconds: number,
  ) => Promise<OutgoingRequest>
  /** The call with which the ESP checks a new webhook, before it saves it. Not signed with a secret of the account. */
  readonly firstCall?: (nowSeconds: number) => OutgoingRequest
  /** Texts that a receiver may fetch from the ESP, by URL (SNS certificates). */
  readonly serves?: Readonly<Record<string, string>>
}

/** An answer of the receiving server. */
export interface Answer {
  readonly code: number
  readonly enhancedCode: string
  readonly text: string
}

export const answerText = ({ code, enhancedCode, text }: Answer): string => `${code} ${enhancedCode} ${text}`

/** A person or a machine that opens and clicks. */
export interface Client {
  readonly agent: string
  readonly ip: string
  /** For ESPs that look. */
  readonly isMachine: boolean
}

/** An event of a message, independent of the ESP. */
export interface SimulatedEvent {
  /** Postern's type, for example `email.bounced`. */
  readonly kind: string
  readonly messageId: string
  readonly recipient: string
  readonly occurredAtSeconds: number
  /** Of an open or a click. */
  readonly client?: Client | undefined
  /** Only for bounces. */
  readonly bounce?: 'hard' | 'soft' | undefined
  /** Of a hard bounce, at the ESPs of the demo. Without it nobody has the address. */
  readonly answer?: Answer | undefined
  readonly url?: string | undefined
  /** For ESPs that report it. */
  readonly campaign?: string | undefined
  /** Whether the ESP has changed its payload without a word, so that Postern finds neither the recipient nor the message. */
  readonly isDrifted?: true | undefined
}

/** Stands for the event of a delivery that reports none. */
export const NO_EVENT: SimulatedEvent = {
  kind: 'test',
  messageId: 'test',
  recipient: 'test@example.com',
  occurredAtSeconds: 0,
}

export interface OutgoingRequest {
  readonly method: 'POST' | 'GET'
  /** With the question mark, or empty. */
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Headers (lower case) that carry the credentials. The shared test suite removes or changes them one at a time. */
  readonly proofHeaders: readonly string[]
  /** Whether a changed body must be refused. */
  readonly bodyIsSigned: boolean
}

interface Opened extends Omit<Account, 'document' | 'kinds'> {
  /** Whether it has a payload of its own for what is drifted. Of all others, the recipient and the message are empty then. */
  readonly drifts?: true
  readonly secrets: object
  /** Settings of the source besides its provider. */
  readonly settings?: object
}

/** @param kinds see `Account` */
export const sender = (
  provider: string,
  kinds: readonly string[],
  open: (given: Given) => Opened,
): Sender => ({
  provider,
  async open(given = {}) {
    const { secrets, settings, drifts, ...account } = open(given)
    return {
      document: { provider, ...settings, secrets },
      kinds,
      ...account,
      deliver: (events, nowSeconds) =>
        account.deliver(drifts === true ? events : events.map(withoutNames), nowSeconds),
    }
  },
})

const withoutNames = (event: SimulatedEvent): SimulatedEvent =>
  event.isDrifted === true ? { ...event, messageId: '', recipient: '' } : event

/** The bytes of a key in base64, with or without the prefix of Standard Webhooks. */
export const keyOf = (text: string | undefined): Buffer | undefined =>
  text === undefined ? undefined : Buffer.from(text.replace(/^whsec_/, ''), 'base64')

/** Parts of a POST, which is of JSON if no header says otherwise. */
interface Parts {
  readonly body: Uint8Array
  readonly query?: string
  /** Headers without credentials. */
  readonly headers?: Readonly<Record<string, string>>
  /** Headers that carry the credentials, such as the signature. */
  readonly proof?: Readonly<Record<string, string>>
}

export const jsonBody = (value: unknown = {}): Buffer => Buffer.from(JSON.stringify(value))

/** A changed body is refused. */
export const signed = (parts: Parts): OutgoingRequest => request(parts, true)

/** Any body is accepted that comes with the credentials. */
export const unsigned = (parts: Parts): OutgoingRequest => request(parts, false)

const request = (
  { body, query = '', headers = {}, proof = {} }: Parts,
  bodyIsSigned: boolean,
): OutgoingRequest => ({
  method: 'POST',
  query,
  headers: { 'content-type': 'application/json', ...headers, ...proof },
  body,
  proofHeaders: Object.keys(proof),
  bodyIsSigned,
})
