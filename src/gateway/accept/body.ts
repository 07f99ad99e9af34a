/** The bytes of a request, counted while they come: what a header says about their number is never believed. */
import type { Bytes } from '../../platform/bytes.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import type { BodyShare } from './body-memory.ts'

/** Room for a usual delivery in one read; a larger claim of Content-Length gets no more until the bytes have come. */
const FIRST_READ_MAX_BYTES = 64 * 1_024
/** While memory is scarce, a connection that sends nothing gets no more than this. */
const SCARCE_FIRST_READ_MAX_BYTES = 4 * 1_024

/** Longer than any sender needs, short enough that dripping bodies do not pile up in an isolate. */
const READ_MAX_MS = 30_000
/** While memory is scarce, whoever takes longer gives way. */
const SCARCE_READ_MAX_MS = 3_000
const LOOK_EVERY_MS = 1_000

/** What deflate makes of this much is at most 1 MiB (1,032 to 1), so that a bomb is seen after one slice past the cap. */
const INFLATE_SLICE_BYTES = 1_024

/**
 * Reads a body up to the limit, with gzip undone under the same limit.
 *
 * @returns the bytes; or `content_encoding_unsupported` for anything but one gzip or none, `body_too_large` as soon as
 *   one byte too many has come (compressed or inflated), `body_malformed` for what is no whole gzip or ends early,
 *   `memory_short` where other bodies hold the memory
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

/** Whether the body is in a form that can be read. */
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
    // Cancelled at the limit, or no gzip: the reading side has heard of it and says which.
  }
  const bytes = await inflated
  return typeof bytes === 'string' ? refusalOf(bytes, limitBytes, 'gzip') : pass(bytes)
}

type Reader = ReadableStreamBYOBReader
type Failure = 'too_large' | 'broken' | 'memory_short'

/**
 * Everything a stream gives, in one buffer that grows; or why not. At one byte past the limit the stream is cancelled and
 * the rest is never asked for.
 */
async function collect(
  reader: Reader,
  limitBytes: number,
  firstBytes: number,
  share: BodyShare,
): Promise<Bytes | Failure> {
  if (!share.takeFirst(firstBytes)) return leave(reader, 'memory_short')
  const patience = new Patience(reader, share)
  try {
    let buffer: Bytes = new Uint8Array(firstBytes)
    let sizeBytes = 0
    for (;;) {
      if (sizeBytes === buffer.byteLength) {
        const nextBytes = Math.min(sizeBytes * 2, limitBytes + 1)
        if (!share.takeMore(nextBytes - sizeBytes)) return await leave(reader, 'memory_short')
        buffer = new Uint8Array(buffer.buffer.transfer(nextBytes))
      }
      const roomBytes = buffer.byteLength - sizeBytes
      const { done, value } = await reader.readAtLeast(roomBytes, buffer.subarray(sizeBytes))
      if (value === undefined) return patience.failure
      // Less than was asked for means that there is no more, so a usual body is one wait and not two.
      const cameBytes = done ? 0 : value.byteLength
      const isLast = cameBytes < roomBytes
      if (isLast && sizeBytes === 0) return value.subarray(0, cameBytes)
      // A read takes the buffer away and gives it back with the value.
      buffer = new Uint8Array(value.buffer)
      sizeBytes += cameBytes
      if (isLast) return buffer.subarray(0, sizeBytes)
      if (sizeBytes > limitBytes) return await leave(reader, 'too_large')
    }
  } catch {
    return patience.failure
  } finally {
    patience.end()
  }
}

/** The rest is never asked for. */
async function leave(reader: Reader, failure: Failure): Promise<Failure> {
  await reader.cancel()
  return failure
}

/** Ends the reading of a body that takes too long. Each body has a timer of its own: none may end another request's reading. */
class Patience {
  readonly #reader: Reader
  readonly #share: BodyShare
  #timer: ReturnType<typeof setTimeout>
  #waitedMs = SCARCE_READ_MAX_MS
  /** Why the body did not come whole. */
  failure: Failure = 'broken'

  constructor(reader: Reader, share: BodyShare) {
    this.#reader = reader
    this.#share = share
    this.#timer = setTimeout(() => this.#look(), SCARCE_READ_MAX_MS)
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    if (this.#share.isScarce) this.failure = 'memory_short'
    if (this.#share.isScarce || this.#waitedMs >= READ_MAX_MS) {
      void this.#reader.cancel()
      return
    }
    this.#waitedMs += LOOK_EVERY_MS
    this.#timer = setTimeout(() => this.#look(), LOOK_EVERY_MS)
  }
}

/** A reader that fills our buffer instead of handing out chunks of 4 KiB. Streams made by script need a pipe for that. */
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

/** One byte more than is expected, so that the end is seen without growing. */
const bufferFor = (bytes: number, limitBytes: number, { isScarce }: BodyShare): number =>
  Math.min(bytes, isScarce ? SCARCE_FIRST_READ_MAX_BYTES : FIRST_READ_MAX_BYTES, limitBytes) + 1
