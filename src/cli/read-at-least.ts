/**
 * The gateway fills its buffer with a call that Workers have and Node has not. Here it is made of plain reads, with the answer
 * that workerd gives: done only when nothing more came. Node's own `min` fails where less than that is left.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/streams/readablestreambyobreader/
 */
type Filled = ReadableStreamReadResult<Uint8Array>

interface NodeReader {
  read(view: Uint8Array): Promise<Filled>
  readAtLeast?: (minBytes: number, view: Uint8Array) => Promise<Filled>
}

const reader = ReadableStreamBYOBReader.prototype as unknown as NodeReader

reader.readAtLeast ??= async function (this: NodeReader, minBytes, { buffer, byteOffset, byteLength }) {
  let memory = buffer
  let filledBytes = 0
  for (;;) {
    const { done, value } = await this.read(
      new Uint8Array(memory, byteOffset + filledBytes, byteLength - filledBytes),
    )
    if (value === undefined) return { done: true, value }
    // A read takes the memory away and gives it back with the value.
    memory = value.buffer
    filledBytes += value.byteLength
    if (done || filledBytes >= minBytes) {
      return { done: filledBytes === 0, value: new Uint8Array(memory, byteOffset, filledBytes) } as Filled
    }
  }
}
