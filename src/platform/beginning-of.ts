/** The first bytes of an answer of another server, as text. The rest is canceled unread. */
import { type Bytes, concat, textOf } from './bytes.ts'

/** The whole answer; undefined if it has more bytes than this. It throws if the connection breaks. */
export async function wholeOf({ body }: Response, maxBytes: number): Promise<string | undefined> {
  const bytes = body === null ? new Uint8Array(0) : await read(body, maxBytes + 1)
  return bytes.byteLength > maxBytes ? undefined : decoded(bytes)
}

/** Bytes that are no UTF-8 become replacement characters. It throws if the connection breaks. */
export async function beginningOf({ headers, body }: Response, maxBytes: number): Promise<string> {
  // Most endpoints answer nothing; a reader of nothing takes as long as half a request.
  if (body === null || headers.get('content-length') === '0') return ''
  return decoded((await read(body, maxBytes)).subarray(0, maxBytes))
}

const decoded = (bytes: Bytes): string => textOf(bytes) ?? new TextDecoder().decode(bytes)

async function read(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Bytes> {
  const reader = body.getReader()
  const parts: Uint8Array[] = []
  for (let bytes = 0; bytes < maxBytes;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.byteLength
  }
  await reader.cancel()
  return concat(parts)
}
