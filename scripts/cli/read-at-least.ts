/**
 * The gateway fills its buffer with a call that Workers have and Node has not. Here it is made of the standard's own (`min`),
 * with the answer that workerd gives: done only when nothing more came.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/streams/readablestreambyobreader/
 */
type Filled = ReadableStreamReadResult<Uint8Array>

interface NodeReader {
  read(view: Uint8Array, options: { readonly min: number }): Promise<Filled>
  readAtLeast?: (minBytes: number, view: Uint8Array) => Promise<Filled>
}

const reader = ReadableStreamBYOBReader.prototype as unknown as NodeReader

reader.readAtLeast ??= async function (this: NodeReader, minBytes, view) {
  const { done, value } = await this.read(view, { min: minBytes })
  return value !== undefined && value.byteLength > 0 ? { done: false, value } : ({ done, value } as Filled)
}
