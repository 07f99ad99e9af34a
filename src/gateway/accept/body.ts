/** The bytes of a request, counted while they come: what a header says about their number is never believed. */
import type { Bytes } from '../../platform/bytes.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'

/** Room for a usual delivery in one read; a larger claim of Content-Length gets no more until the bytes have come. */
const FIRST_READ_MAX_BYTES = 64 * 1_024

/** Longer than any sender needs, short enough that dripping bodies do not pile up in an isolate. */
const READ_MAX_MS = 30_000

/** What deflate makes of this much is at most 1 MiB (1,032 to 1), so that a bomb is seen after one slice past the cap. */
const INFLATE_SLICE_BYTES = 1_024

/**
 * Reads a body up to the limit, with gzip undone under the same limit.
 *
 * @returns the bytes; or `content_encoding_unsupported` for anything but one gzip or none, `body_too_large` as soon as
 *   one byte too many has come (compressed or inflated), `body_malformed` for what is no whole gzip or ends early
 */
export async function readBody(request: Request, limitBytes: number): Promise<Outcome<Bytes>> {
  const decode = DECODERS.get(request.headers.get('content-encoding')?.trim().toLowerCase() ?? '')
  if (decode === undefined) return refuse({ code: 'content_encoding_unsupported' })
  if (request.body === null) return decode(new Uint8Array(0), limitBytes)
  const sent = await collect(readerOf(request.body), limitBytes, firstReadBytes(request.headers, limitBytes))
  return typeof sent === 'string' ? refusalOf(sent, limitBytes, 'interrupted') : decode(sent, limitBytes)
}

type Decode = (sent: Bytes, limitBytes: number) => Outcome<Bytes> | Promise<Outcome<Bytes>>

/** By `Content-Encoding`. `x-gzip` is the same (RFC 9110 section 8.4.1.3). A list of several is none of these. */
const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['', pass],
  ['identity', pass],
  ['gzip', inflate],
  ['x-gzip', inflate],
])

/** One whole gzip member (RFC 1952), nothing after it. */
async function inflate(sent: Bytes, limitBytes: number): Promise<Outcome<Bytes>> {
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  const inflated = collect(readerOf(readable), limitBytes, bufferFor(Infinity, limitBytes))
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

/**
 * Everything a stream gives, in one buffer that grows; or why not. At one byte past the limit the stream is cancelled and
 * the rest is never asked for.
 */
async function collect(
  reader: Reader,
  limitBytes: number,
  firstBytes: number,
): Promise<Bytes | 'too_large' | 'broken'> {
  const deadline = setTimeout(() => void reader.cancel(), READ_MAX_MS)
  try {
    let buffer: Bytes = new Uint8Array(firstBytes)
    let sizeBytes = 0
    for (;;) {
      if (sizeBytes === buffer.byteLength) buffer = grown(buffer, limitBytes)
      const roomBytes = buffer.byteLength - sizeBytes
      const { done, value } = await reader.readAtLeast(roomBytes, buffer.subarray(sizeBytes))
      if (value === undefined) return 'broken'
      // Less than was asked for means that there is no more, so a usual body is one wait and not two.
      const cameBytes = done ? 0 : value.byteLength
      const isLast = cameBytes < roomBytes
      if (isLast && sizeBytes === 0) return value.subarray(0, cameBytes)
      // A read takes the buffer away and gives it back with the value.
      buffer = new Uint8Array(value.buffer)
      sizeBytes += cameBytes
      if (isLast) return buffer.subarray(0, sizeBytes)
      if (sizeBytes > limitBytes) {
        await reader.cancel()
        return 'too_large'
      }
    }
  } catch {
    return 'broken'
  } finally {
    clearTimeout(deadline)
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

const refusalOf = (why: 'too_large' | 'broken', limitBytes: number, problem: 'gzip' | 'interrupted') =>
  refuse(why === 'too_large' ? { code: 'body_too_large', limitBytes } : { code: 'body_malformed', problem })

function grown(buffer: Bytes, limitBytes: number): Bytes {
  const larger = new Uint8Array(Math.min(buffer.byteLength * 2, limitBytes + 1))
  larger.set(buffer)
  return larger
}

function firstReadBytes(headers: Headers, limitBytes: number): number {
  const announced = /^[0-9]{1,9}$/.exec(headers.get('content-length') ?? '')
  return bufferFor(announced === null ? Infinity : Number(announced[0]), limitBytes)
}

/** One byte more than is expected, so that the end is seen without growing. */
const bufferFor = (bytes: number, limitBytes: number): number =>
  Math.min(bytes, FIRST_READ_MAX_BYTES, limitBytes) + 1
