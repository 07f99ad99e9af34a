// For a body's stream as the runtime has it.
import 'cloudflare:workers'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concat, utf8 } from '../../../src/platform/bytes.ts'
import { readBody as readUnder } from '../../../src/gateway/accept/body.ts'
import { BodyMemory } from '../../../src/gateway/accept/body-memory.ts'

const LIMIT = 100_000

const readBody = (request: Request, limitBytes: number, memory = new BodyMemory()) =>
  readUnder(request, limitBytes, memory.open(undefined))

/** A body in the given chunks; counts what is asked for, and never ends when told so. */
function stream(chunks: readonly Uint8Array[], endless = false) {
  const seen = { pulls: 0, cancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[endless ? 0 : seen.pulls]
        seen.pulls++
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk.slice())
      },
      cancel() {
        seen.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, seen }
}

const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  new Request('https://gate.example/hooks/shop', { method: 'POST', body, headers })

async function gzip(plain: Uint8Array): Promise<Uint8Array> {
  const packed = new Blob([plain.slice()]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}

const noise = (bytes: number): Uint8Array =>
  concat(
    Array.from({ length: Math.ceil(bytes / 65_536) }, (_, i) =>
      crypto.getRandomValues(new Uint8Array(Math.min(65_536, bytes - i * 65_536))),
    ),
  )

/** One bit changed, counted from the end. */
const flipped = (bytes: Uint8Array, fromEnd: number) =>
  bytes.map((byte, i) => (i === bytes.byteLength - fromEnd ? byte ^ 1 : byte))

const TOO_LARGE = { ok: false, refusal: { code: 'body_too_large', limitBytes: LIMIT } }
const NO_GZIP = { ok: false, refusal: { code: 'body_malformed', problem: 'gzip' } }
const MEMORY_SHORT = { ok: false, refusal: { code: 'memory_short' } }
const INTERRUPTED = { ok: false, refusal: { code: 'body_malformed', problem: 'interrupted' } }
const UNSUPPORTED = { ok: false, refusal: { code: 'content_encoding_unsupported' } }

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a body as it comes', () => {
  it('is read whole, byte for byte', async () => {
    const bytes = noise(90_000)
    expect(await readBody(post(bytes), LIMIT)).toEqual({ ok: true, value: bytes })
  })

  it.each([
    [2_048, { 'content-length': '2048' }, 1],
    [65_536, { 'content-length': '65536' }, 1],
    [65_536, {}, 1],
    [65_537, { 'content-length': '65537' }, 2],
  ])('of %i bytes under %j takes %i reads', async (size, headers, reads) => {
    const read = vi.spyOn(ReadableStreamBYOBReader.prototype, 'readAtLeast')
    const bytes = noise(size)
    expect(await readBody(post(bytes, headers), LIMIT)).toEqual({ ok: true, value: bytes })
    expect(read).toHaveBeenCalledTimes(reads)
  })

  it('may be absent', async () => {
    const get = new Request('https://gate.example/hooks/shop?event=open')
    expect(await readBody(get, LIMIT)).toEqual({ ok: true, value: new Uint8Array(0) })
  })

  it.each([
    ['one less than the limit', LIMIT - 1, true],
    ['the limit', LIMIT, true],
    ['one byte more', LIMIT + 1, false],
    ['far more', LIMIT * 20, false],
  ])('of %s', async (_what, size, ok) => {
    const bytes = noise(size)
    expect(await readBody(post(bytes), LIMIT)).toEqual(ok ? { ok: true, value: bytes } : TOO_LARGE)
    expect(await readBody(post(stream([bytes]).body), LIMIT)).toEqual(
      ok ? { ok: true, value: bytes } : TOO_LARGE,
    )
  })

  it.each([
    ['absent', {}],
    ['smaller', { 'content-length': '3' }],
    ['larger', { 'content-length': '99999999' }],
    ['zero', { 'content-length': '0' }],
    ['no number', { 'content-length': '5e3, 0x10' }],
    ['negative', { 'content-length': '-1' }],
  ])('is counted whatever Content-Length says: %s', async (_what, headers) => {
    const fits = [utf8('{"event":'), utf8('"delivered"}')]
    expect(await readBody(post(stream(fits).body, headers), LIMIT)).toEqual({ ok: true, value: concat(fits) })
    const chunk = new Uint8Array(40_000)
    expect(await readBody(post(stream([chunk, chunk, chunk]).body, headers), LIMIT)).toEqual(TOO_LARGE)
  })

  it('without end is cancelled at the limit', async () => {
    const { body, seen } = stream([new Uint8Array(1_000)], true)
    expect(await readBody(post(body), LIMIT)).toEqual(TOO_LARGE)
    await vi.waitFor(() => expect(seen.cancelled).toBe(true))
    expect(seen.pulls).toBeLessThan(120)
  })

  it('that breaks off is refused', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8('{"event":')),
      pull: (controller) => controller.error(new Error('connection lost')),
    })
    expect(await readBody(post(body), LIMIT)).toEqual(INTERRUPTED)
  })

  it('that takes longer than 30 s is refused', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8('{')),
      pull: () => new Promise<void>(() => {}),
    })
    const outcome = readBody(post(body), LIMIT)
    await vi.advanceTimersByTimeAsync(29_000)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await outcome).toEqual(INTERRUPTED)
  })

  it.each([
    ['while memory is plenty', 0, INTERRUPTED, 30_000],
    ['while memory is scarce, and gives way sooner', 8 * 1_048_576, MEMORY_SHORT, 3_000],
  ])('that drips ends %s', async (_what, heldBytes, expected, afterMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const memory = new BodyMemory()
    memory.open('other').takeFirst(heldBytes)
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8('{')),
      pull: () => new Promise<void>(() => {}),
    })
    let ended = false
    const outcome = readBody(post(body), LIMIT, memory).finally(() => (ended = true))
    await vi.advanceTimersByTimeAsync(afterMs - 1)
    expect(ended).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await outcome).toEqual(expected)
  })

  it.each([
    ['before anything has come', 1_000, { 'content-length': '10485760' }, 48 * 1_048_576],
    ['beyond its first read', 90_000, {}, 32 * 1_048_576],
  ])('finds no room %s', async (_what, bytes, headers, heldBytes) => {
    const memory = new BodyMemory()
    memory.open(undefined).takeFirst(heldBytes)
    expect(await readBody(post(noise(bytes), headers), LIMIT, memory)).toEqual(MEMORY_SHORT)
  })

  it.each([
    ['plenty', 0, 65_537],
    ['scarce', 8 * 1_048_576, 4_097],
  ])(
    'that is announced large and does not come holds little while memory is %s',
    async (_what, heldBytes, bytes) => {
      const memory = new BodyMemory()
      memory.open('other').takeFirst(heldBytes)
      const body = new ReadableStream<Uint8Array>({ pull: () => new Promise<void>(() => {}) })
      const share = memory.open('a')
      void readUnder(post(body, { 'content-length': '10485760' }), 10_485_760, share)
      await Promise.resolve()
      expect(memory.heldBytes - heldBytes).toBe(bytes)
    },
  )

  it('is the same however it is split', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 3_000 }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 70_000 }),
        async (chunks, limit) => {
          const whole = concat(chunks)
          const outcome = await readBody(post(stream(chunks).body), limit)
          expect(outcome).toEqual(
            whole.byteLength <= limit
              ? { ok: true, value: whole }
              : { ok: false, refusal: { code: 'body_too_large', limitBytes: limit } },
          )
        },
      ),
      { numRuns: 60 },
    ))
})

describe('a gzip body', () => {
  const GZIP = { 'content-encoding': 'gzip' }
  const plain = utf8(JSON.stringify(Array.from({ length: 800 }, (_, i) => ({ event: 'delivered', i }))))

  it.each(['gzip', 'GZIP', 'x-gzip', ' gzip '])('is inflated: %j', async (encoding) => {
    const request = post(await gzip(plain), { 'content-encoding': encoding })
    expect(await readBody(request, LIMIT)).toEqual({ ok: true, value: plain })
  })

  it('of nothing is nothing', async () => {
    expect(await readBody(post(await gzip(new Uint8Array(0)), GZIP), LIMIT)).toEqual({
      ok: true,
      value: new Uint8Array(0),
    })
  })

  it.each([
    ['the limit', LIMIT, true],
    ['one byte more', LIMIT + 1, false],
  ])('is measured inflated: %s', async (_what, size, ok) => {
    const outcome = await readBody(post(await gzip(new Uint8Array(size)), GZIP), LIMIT)
    expect(outcome).toEqual(ok ? { ok: true, value: new Uint8Array(size) } : TOO_LARGE)
  })

  it('that is too large already as it is sent is refused', async () => {
    expect(await readBody(post(await gzip(noise(LIMIT + 10)), GZIP), LIMIT)).toEqual(TOO_LARGE)
  })

  it('that inflates a thousandfold is cancelled at the limit, before its end', async () => {
    const bomb = await gzip(new Uint8Array(64 * 1_048_576))
    expect(bomb.byteLength).toBeLessThan(LIMIT)
    // Were the end looked at, this would be no gzip.
    expect(await readBody(post(flipped(bomb, 1), GZIP), LIMIT)).toEqual(TOO_LARGE)
  })

  it('with a header that never ends is cancelled at the limit', async () => {
    // RFC 1952 section 2.3.1: the file name (flag 0x08) goes on to the next zero byte.
    const head = Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255)
    const { body, seen } = stream([new Uint8Array(1_000).fill(0x61)], true)
    const named = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(head),
      async pull(controller) {
        const reader = body.getReader()
        controller.enqueue((await reader.read()).value)
        reader.releaseLock()
      },
    })
    expect(await readBody(post(named, GZIP), LIMIT)).toEqual(TOO_LARGE)
    expect(seen.pulls).toBeLessThan(120)
  })

  it.each<[string, (packed: Uint8Array) => Uint8Array]>([
    ['nothing at all', () => new Uint8Array(0)],
    ['plain JSON', () => plain],
    ['the first byte alone', (packed) => packed.subarray(0, 1)],
    ['half of it', (packed) => packed.subarray(0, packed.byteLength / 2)],
    ['all but the last byte', (packed) => packed.subarray(0, -1)],
    ['a byte more', (packed) => concat([packed, Uint8Array.of(0)])],
    ['text after it', (packed) => concat([packed, utf8('{"event":"forged"}')])],
    ['a second gzip after it', (packed) => concat([packed, packed])],
    ['a wrong checksum', (packed) => flipped(packed, 8)],
    ['a wrong length', (packed) => flipped(packed, 1)],
    ['deflate of another kind', (packed) => packed.with(2, 7)],
  ])('that is no gzip is refused: %s', async (_what, change) => {
    expect(await readBody(post(change(await gzip(plain)).slice(), GZIP), LIMIT)).toEqual(NO_GZIP)
  })

  it('has an outcome whatever the bytes', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, headed) => {
        const head = headed ? Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255) : new Uint8Array(0)
        const outcome = await readBody(post(concat([head, bytes]), GZIP), LIMIT)
        if (!outcome.ok) expect([NO_GZIP, TOO_LARGE]).toContainEqual(outcome)
      }),
      { numRuns: 100 },
    ))

  it('comes out the same whatever is in it', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        expect(await readBody(post(await gzip(bytes), GZIP), LIMIT)).toEqual({ ok: true, value: bytes })
      }),
      { numRuns: 40 },
    ))
})

describe('any other encoding', () => {
  it.each([
    'br', 'deflate', 'zstd', 'compress', 'gzip, gzip', 'gzip,identity', 'identity, gzip', 'gzip;q=1', 'constructor', '__proto__',
  ])('is refused: %s', async (encoding) => {
    const { body, seen } = stream([utf8('{}')])
    expect(await readBody(post(body, { 'content-encoding': encoding }), LIMIT)).toEqual(UNSUPPORTED)
    expect(seen.pulls).toBe(0)
  }) // prettier-ignore

  it('is refused when the header comes twice', async () => {
    const request = post(await gzip(utf8('{}')), {})
    request.headers.append('content-encoding', 'gzip')
    request.headers.append('content-encoding', 'gzip')
    expect(await readBody(request, LIMIT)).toEqual(UNSUPPORTED)
  })

  it.each(['', 'identity', 'Identity'])('but none: %j', async (encoding) => {
    const request = post('{}', { 'content-encoding': encoding })
    expect(await readBody(request, LIMIT)).toEqual({ ok: true, value: utf8('{}') })
  })
})
