/** The messages of a delivery whose request is sent on: under the limits of the queue, and complete together. */
import { expect, it } from 'vitest'
import { type Contents, openContents } from '../../src/event/envelope.ts'
import { MESSAGE_MAX_BYTES, pack } from '../../src/event/pack.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'
import { contentsOf, quarantinedItem } from '../support/mail-events.ts'

const sealed = sealer(readMasterKeys(`v1:${btoa('k'.repeat(32))}`), 'queue')

const withRequest = (items: number, requestCharacters: number): Contents => ({
  ...contentsOf(
    [],
    Array.from({ length: items }, () => quarantinedItem('x'.repeat(7_000))),
  ),
  request: {
    destinations: ['app'],
    method: 'POST',
    query: '',
    headers: {},
    body: 'A'.repeat(requestCharacters),
  },
})

it.each([
  ['both small', withRequest(1, 1_000), ['inline']],
  ['both of half a message or more', withRequest(8, 60_000), ['inline', 'inline']],
  ['a large request', withRequest(1, 200_000), ['inline', 'stored']],
  ['a large request of a source that observes', withRequest(0, 200_000), ['stored']],
  ['a large delivery with a small request', withRequest(60, 1_000), ['stored']],
  ['both large', withRequest(60, 200_000), ['stored', 'stored']],
])('%s', async (_what, contents, kinds) => {
  const bucket = new Map<string, Uint8Array>()
  const envelopes = await pack(contents, sealed, async (object, bytes) => void bucket.set(object, bytes))
  expect(envelopes.map(({ kind }) => kind)).toEqual(kinds)
  expect(new Set(envelopes.map(({ key }) => key)).size).toBe(envelopes.length)
  const opened = await Promise.all(
    envelopes.map(async (one) => {
      const bytes = one.kind === 'inline' ? one.sealed : (bucket.get(one.object) ?? new Uint8Array())
      if (one.kind === 'inline') expect(bytes.byteLength).toBeLessThan(MESSAGE_MAX_BYTES + 1_000)
      return openContents(bytes, sealed, one.key)
    }),
  )
  const all = opened.flatMap((one) => (one.kind === 'contents' ? [one.contents] : []))
  expect(all.flatMap(({ quarantined }) => quarantined)).toEqual(contents.quarantined)
  expect(all.flatMap(({ request }) => request ?? [])).toEqual([contents.request])
})
