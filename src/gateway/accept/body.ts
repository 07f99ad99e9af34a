/** Reads a body and counts its bytes as they arrive. Headers about its length are never trusted. */
import type { Bytes } from '../../platform/bytes.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import type { BodyShare } from './body-memory.ts'

/** Room for a usual delivery in one read. A larger Content-Length gets no more until the bytes have arrived. */
const FIRST_READ_MAX_BYTES = 64 * 1_024
/** The same while memory is scarce. */
const SCARCE_FIRST_READ_MAX_BYTES = 4 * 1_024

/** Longer than any sender needs, and short enough that slow bodies do not accumulate in an isolate. */
const READ_MAX_MS = 30_000
/** The same while memory is scarce. */
const SCARCE_READ_MAX_MS = 3_000
const CHECK_EVERY_MS = 1_000

/** Deflate inflates this to 1 MiB at most (1,032 to 1), so a gzip bomb is detected at most one slice past the limit. */
const INFLATE_SLICE_BYTES = 1_024

/**
 * Reads a body up to the limit, and inflates gzip under the same limit.
 *
 * @returns the bytes, or a refusal: `content_encoding_unsupported` for anything but one gzip or none; `body_too_large` as
 *   soon as one byte too many arrives (compressed or inflated); `body_malformed` for an incomplete gzip or a body that ends
 *   early; `memory_short` if other bodies hold the memory
 */
export async function readBody(
  request: Request,
  limitBytes: number,
  share: BodyShare,
): Promise<Outcome<Bytes>> {
  const decode = decoderOf(request.headers)
  if (decode === undefined) return refuse({ code: 'content_encoding_unsupported' })
  if (request.body === null) return decode(new Uint8Array(0), limitBytes, share)
  const firstBytes = firstReadBytes(request.headers, limitBytes, share)
  const sent = await collect(readerOf(request.body), limitBytes, firstBytes, share)
  return typeof sent === 'string'
    ? refusalOf(sent, limitBytes, 'interrupted')
    : decode(sent, limitBytes, share)
}

/** Whether the `Content-Encoding` can be read. */
export const isReadable = (headers: Headers): boolean => decoderOf(headers) !== undefined

const decoderOf = (headers: Headers): Decode | undefined =>
  DECODERS.get(headers.get('content-encoding')?.trim().toLowerCase() ?? '')

type Decode = (sent: Bytes, limitBytes: number, share: BodyShare) => Outcome<Bytes> | Promise<Outcome<Bytes>>

/** By `Content-Encoding`. `x-gzip` is the same (RFC 9110 section 8.4.1.3). A list of several is none of these. */
const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['', pass],
  ['identity', pass],
  ['gzip', inflate],
  ['x-gzip', inflate],
])

/** One whole gzip member (RFC 1952), nothing after it. */
async function inflate(sent: Bytes, limitBytes: number, share: BodyShare): Promise<Outcome<Bytes>> {
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  const inflated = collect(readerOf(readable), limitBytes, bufferFor(Infinity, limitBytes, share), share)
  try {
    for (let at = 0; at < sent.byteLength; at += INFLATE_SLICE_BYTES) {
      await writer.write(sent.subarray(at, at + INFLATE_SLICE_BYTES))
    }
    await writer.close()
  } catch {
    // Cancelled at the limit, or no gzip: `collect` returns which.
  }
  const bytes = await inflated
  return typeof bytes === 'string' ? refusalOf(bytes, limitBytes, 'gzip') : pass(bytes)
}

type Reader = ReadableStreamBYOBReader
type Failure = 'too_large' | 'broken' | 'memory_short'

/** Reads a whole stream into one growing buffer. At one byte past the limit it cancels the stream. */
async function collect(
  reader: Reader,
  limitBytes: number,
  firstBytes: number,
  share: BodyShare,
): Promise<Bytes | Failure> {
  if (!share.takeFirst(firstBytes)) return cancel(reader, 'memory_short')
  const deadline = new ReadDeadline(reader, share)
  try {
    let buffer: Bytes = new Uint8Array(firstBytes)
    let sizeBytes = 0
    for (;;) {
      if (sizeBytes === buffer.byteLength) {
        const nextBytes = Math.min(sizeBytes * 2, limitBytes + 1)
        if (!share.takeMore(nextBytes - sizeBytes)) return await cancel(reader, 'memory_short')
        buffer = new Uint8Array(buffer.buffer.transfer(nextBytes))
      }
      const roomBytes = buffer.byteLength - sizeBytes
      const { done, value } = await reader.readAtLeast(roomBytes, buffer.subarray(sizeBytes))
      if (value === undefined) return deadline.failure
      // Fewer bytes than requested: the stream has ended. So a usual body needs one wait instead of two.
      const readBytes = done ? 0 : value.byteLength
      const isLast = readBytes < roomBytes
      if (isLast && sizeBytes === 0) return value.subarray(0, readBytes)
      // A read transfers the buffer and returns it with the value.
      buffer = new Uint8Array(value.buffer)
      sizeBytes += readBytes
      if (isLast) return buffer.subarray(0, sizeBytes)
      if (sizeBytes > limitBytes) return await cancel(reader, 'too_large')
    }
  } catch {
    return deadline.failure
  } finally {
    deadline.end()
  }
}

/** Cancels the stream, so that the rest is not sent. */
async function cancel(reader: Reader, failure: Failure): Promise<Failure> {
  await reader.cancel()
  return failure
}

/** Cancels a body that takes too long. Each body has its own timer, since the runtime lets no request cancel another's reading. */
class ReadDeadline {
  readonly #reader: Reader
  readonly #share: BodyShare
  #timer: ReturnType<typeof setTimeout>
  #waitedMs = SCARCE_READ_MAX_MS
  /** Why the body is incomplete. */
  failure: Failure = 'broken'

  constructor(reader: Reader, share: BodyShare) {
    this.#reader = reader
    this.#share = share
    this.#timer = setTimeout(() => this.#check(), SCARCE_READ_MAX_MS)
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #check(): void {
    if (this.#share.isScarce) this.failure = 'memory_short'
    if (this.#share.isScarce || this.#waitedMs >= READ_MAX_MS) {
      void this.#reader.cancel()
      return
    }
    this.#waitedMs += CHECK_EVERY_MS
    this.#timer = setTimeout(() => this.#check(), CHECK_EVERY_MS)
  }
}

/** A reader that fills our buffer instead of returning chunks of 4 KiB. Streams made by script need a pipe for that. */
function readerOf(stream: ReadableStream<Uint8Array>): Reader {
  try {
    return stream.getReader({ mode: 'byob' })
  } catch {
    return stream.pipeThrough(new IdentityTransformStream()).getReader({ mode: 'byob' })
  }
}

function refusalOf(why: Failure, limitBytes: number, problem: 'gzip' | 'interrupted'): Outcome<never> {
  if (why === 'memory_short') return refuse({ code: why })
  return refuse(
    why === 'too_large' ? { code: 'body_too_large', limitBytes } : { code: 'body_malformed', problem },
  )
}

function firstReadBytes(headers: Headers, limitBytes: number, share: BodyShare): number {
  const announced = /^[0-9]{1,9}$/.exec(headers.get('content-length') ?? '')
  return bufferFor(announced === null ? Infinity : Number(announced[0]), limitBytes, share)
}

/** One byte more than expected, so that the end is seen without growing. */
const bufferFor = (bytes: number, limitBytes: number, { isScarce }: BodyShare): number =>
  Math.min(bytes, isScarce ? SCARCE_FIRST_READ_MAX_BYTES : FIRST_READ_MAX_BYTES, limitBytes) + 1
