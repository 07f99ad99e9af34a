import { Buffer } from 'node:buffer'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type Capture, captureOfCase } from '../../src/cli/capture.ts'
import { casesBelow } from '../../scripts/conformance/case.ts'

// Test files share their modules, and the gateway's remember certificates by URL. Here and elsewhere one URL has several.
vi.resetModules()
const { judge } = await import('../../src/cli/judge.ts')
afterAll(() => void vi.resetModules())

const fixtures = path.join(import.meta.dirname, '../fixtures')
const cases = await casesBelow([fixtures])

/** A case of SendGrid's whose body is this much, packed. */
const packed = (bytes: Buffer, headers: Record<string, string> = {}): Capture => {
  const recorded = cases.find(({ esp, expect }) => esp === 'sendgrid' && expect.verdict === 'accept')
  if (recorded === undefined) throw new TypeError('there is a case of SendGrid')
  const capture = captureOfCase(recorded, 0)
  const added = Object.entries({ 'content-encoding': 'gzip', ...headers })
  return { ...capture, headers: [...capture.headers, ...added], body: gzipSync(bytes) }
}

const MEBIBYTE = 1_048_576

describe('a gzip body', () => {
  it('is inflated no further than the source allows', async () => {
    const bomb = packed(Buffer.alloc(200 * MEBIBYTE))
    const before = process.memoryUsage.rss()
    expect(await judge(bomb)).toMatchObject({
      kind: 'not_verified',
      refusal: { code: 'body_too_large', limitBytes: MEBIBYTE },
    })
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MEBIBYTE)
  })

  it.each([
    ['as large as may be', MEBIBYTE, 'signature_mismatch'],
    ['a byte larger', MEBIBYTE + 1, 'body_too_large'],
  ])('that is %s is judged as the gateway does', async (_what, bytes, code) => {
    expect(await judge(packed(Buffer.alloc(bytes)))).toMatchObject({ refusal: { code } })
  })

  it('that is too large for the source is not, where the source allows more', async () => {
    const capture = packed(Buffer.alloc(MEBIBYTE + 1))
    const document = { ...capture.document, maxBodyBytes: 2 * MEBIBYTE }
    expect(await judge({ ...capture, document })).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })

  it('is not inflated for a request that is refused by its head', async () => {
    const capture = packed(Buffer.alloc(2 * MEBIBYTE))
    expect(await judge({ ...capture, method: 'PUT' })).toMatchObject({
      refusal: { code: 'method_not_allowed' },
    })
  })
})

describe('a judgement offline is the one of the real path', () => {
  it('of recorded deliveries that are accepted and of some that are not', () => {
    const verdicts = new Set(cases.map(({ expect }) => expect.verdict))
    expect([...verdicts].toSorted()).toEqual(['accept', 'reject'])
  })

  it.each(cases.map((one) => [one.esp, one.name, one] as const))('%s %s', async (_esp, _name, recorded) => {
    const verdict = await judge(captureOfCase(recorded, 0))
    const accepted = verdict.kind === 'verified' && verdict.fresh && verdict.refusal === undefined
    expect(accepted).toBe(recorded.expect.verdict === 'accept')
    const types: string[] =
      verdict.kind === 'verified' && accepted ? verdict.events.map(({ type }) => type) : []
    expect(types.toSorted()).toEqual(recorded.expect.events.map((event) => String(event['type'])).toSorted())
  })
})
