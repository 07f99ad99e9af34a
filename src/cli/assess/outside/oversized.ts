/** Bodies that are larger than the source takes: said so, in chunks, and after they are inflated. */
import { gzipSync } from 'node:zlib'
import type { Probe } from '../probe.ts'
import { mustBeRefused, openSource } from './refused.ts'

const LIMIT_BYTES = 1_024
const BODY = Buffer.from(`[${' '.repeat(LIMIT_BYTES * 8)}]`)
const PART_BYTES = 512
/** Of an 8 MiB body, 8 KB. */
const BOMB = gzipSync(Buffer.alloc(8 * 1_048_576, ' '))

export const oversized: Probe = {
  id: 'oversized',
  title: 'A body over the limit of its source is refused.',
  severity: 'high',
  remedy: 'Deploy an unchanged gateway of the newest version: npm run deploy.',
  needs: 'token',
  async *run(world) {
    const source = await openSource(world, { maxBodyBytes: LIMIT_BYTES })
    const whole = source.signed({ body: BODY })
    yield* mustBeRefused(world, [
      ['a body of eight times the limit', whole],
      ['a body of eight times the limit in chunks', { ...whole, body: chunks() }],
      ['a gzip bomb', source.signed({ body: BOMB, headers: { 'content-encoding': 'gzip' } })],
    ])
  },
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < BODY.byteLength; at += PART_BYTES) yield BODY.subarray(at, at + PART_BYTES)
}
