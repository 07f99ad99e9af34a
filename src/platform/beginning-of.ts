/** The first bytes of an answer of another server, as text. The rest is canceled unread. */
import { textOf } from './bytes.ts'

/** Bytes that are no UTF-8 become replacement characters. It throws if the connection breaks. */
export async function beginningOf(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const parts: Uint8Array[] = []
  for (let bytes = 0; bytes < maxBytes;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.byteLength
  }
  await reader.cancel()
  const all = new Uint8Array(await new Blob(parts).arrayBuffer()).subarray(0, maxBytes)
  return textOf(all) ?? new TextDecoder().decode(all)
}
