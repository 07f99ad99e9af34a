/** Signatures that others published: our verification accepts them, and nothing near them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Vector, VECTORS } from '../../../scripts/judges/published.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import { PUBLISHED_KEYS } from '../../../src/platform/published-keys.ts'
import { senderNamed } from '../../../src/simulator/senders/index.ts'
import { type Judged, judge } from '../../providers/judge.ts'
import { posted } from '../../providers/simulated-events.ts'

// The gateway accepts nothing under a published key.
beforeAll(() => {
  vi.spyOn(PUBLISHED_KEYS, 'has').mockReturnValue(false)
})
afterAll(() => {
  vi.restoreAllMocks()
})

async function judged({ provider, slot, secret, headers, body, signedAtSeconds }: Vector): Promise<Judged> {
  const account = await senderNamed(provider)?.open()
  if (account === undefined) throw new Error(`no simulated ${provider}`)
  const request = posted(utf8(body), { 'content-type': 'application/json', ...headers })
  return judge(account, request, signedAtSeconds, (source) => ({ ...source, secrets: { [slot]: [secret] } }))
}

const OTHER_KEYS = {
  text: { kind: 'text', text: 'another key than theirs' },
  'standard-webhooks': { kind: 'standard-webhooks', key: btoa('another key than theirs') },
} as const

/** The text with its last letter or digit changed, which is not the end of base64. */
const changed = (text: string): string => text.replace(/\w(?=\w\W*$)/, (one) => (one === '0' ? '1' : '0'))

describe.each(VECTORS)('the published signature of $provider', (vector) => {
  it('is verified', async () => expect(await judged(vector)).toMatchObject({ ok: true }))

  it('is refused under another key', async () => {
    const secret = OTHER_KEYS[vector.secret.kind as keyof typeof OTHER_KEYS]
    expect(await judged({ ...vector, secret })).toMatchObject({ ok: false })
  })

  it('is refused if it is changed', async () => {
    const inHeader = Object.keys(vector.headers).find((name) => name.endsWith('signature'))
    const other =
      inHeader === undefined
        ? { ...vector, body: changed(vector.body) }
        : { ...vector, headers: { ...vector.headers, [inHeader]: changed(vector.headers[inHeader] ?? '') } }
    expect(await judged(other)).toMatchObject({ ok: false })
  })
})
