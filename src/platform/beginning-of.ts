/** The first bytes of an answer of another server, as text. The rest is canceled unread. */
import { concat, textOf } from './bytes.ts'

/** Bytes that are no UTF-8 become replacement characters. It throws if the connection breaks. */
export async function beginningOf({ headers, body }: Response, maxBytes: number): Promise<string> {
  // Most endpoints answer nothing; a reader of nothing takes as long as half a request.
  if (body === null || headers.get('content-length') === '0') return ''
  const reader = body.getReader()
  const parts: Uint8Array[] = []
  for (let bytes = 0; bytes < maxBytes;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.byteLength
  }
  await reader.cancel()
  const all = concat(parts).subarray(0, maxBytes)
  return textOf(all) ?? new TextDecoder().decode(all)
}
