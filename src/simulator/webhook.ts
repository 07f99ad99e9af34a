/** Requests of ESPs: a POST of JSON, unless the parts say otherwise. */
import type { OutgoingRequest } from './sender.ts'

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
