import { describe, expect, it } from 'vitest'
import { Budget } from '../../../src/gateway/authenticate/outbound.ts'
import { request } from '../../../src/platform/outbound.ts'
import { utf8 } from '../../../src/platform/bytes.ts'

const answering = (response: Response) => (async () => response) as typeof fetch

describe('a request of ours', () => {
  it('is never led elsewhere and can be broken off', async () => {
    let sent: RequestInit | undefined
    const fetcher = (async (_url: string, init?: RequestInit) => {
      sent = init
      return new Response('ok')
    }) as typeof fetch
    const answer = await request(fetcher, 'https://a.example/', { redirect: 'follow' }, 100)
    expect(answer).toEqual({ kind: 'answer', status: 200, body: utf8('ok') })
    expect(sent?.redirect).toBe('manual')
    expect(sent?.signal).toBeInstanceOf(AbortSignal)
  })

  it.each([
    [100, 'answer'],
    [101, 'too_large'],
  ])('counts the bytes as they come: %i', async (bytes, kind) => {
    const lying = new Response('x'.repeat(bytes), { headers: { 'content-length': '1' } })
    expect((await request(answering(lying), 'https://a.example/', {}, 100)).kind).toBe(kind)
  })

  it('ends an endless body at the limit', async () => {
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000)) })
    const answer = await request(answering(new Response(endless)), 'https://a.example/', {}, 100_000)
    expect(answer.kind).toBe('too_large')
  })

  it('ends after its time, and says so to the network', async () => {
    let aborted = false
    const fetcher = ((_url: string, init?: RequestInit) => {
      init?.signal?.addEventListener('abort', () => (aborted = true))
      return new Promise(() => undefined)
    }) as typeof fetch
    expect(await request(fetcher, 'https://a.example/', {}, 100, 20)).toEqual({ kind: 'unavailable' })
    expect(aborted).toBe(true)
  })
})

describe('a budget', () => {
  it('lets so many through in a span, and begins anew after it', () => {
    const budget = new Budget(2, 10)
    const at = (seconds: number) => budget.spend(1_000 + seconds)
    expect([at(0), at(3), at(9), at(10), at(11), at(12)]).toEqual([true, true, false, true, true, false])
  })

  it('begins anew when the clock goes back', () => {
    const budget = new Budget(1, 10)
    expect([budget.spend(1_000), budget.spend(1_000), budget.spend(500)]).toEqual([true, false, true])
  })
})
