import { describe, expect, it } from 'vitest'
import { SourceBudget, SourceBudgets } from '../../../src/gateway/authenticate/request-budget.ts'
import { ClientMemory } from '../../../src/gateway/authenticate/client-memory.ts'
import { request } from '../../../src/platform/bounded-request.ts'
import { utf8 } from '../../../src/platform/bytes.ts'
import { contextWith } from './making.ts'

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

/** Spends requests of a source from client networks by number, at a second. */
function spending() {
  const clientMemory = new ClientMemory(() => false)
  const by = (network: number, afterSeconds = 0, source = 'shop') => ({
    source,
    client: { ...contextWith([]).client, address: `10.${network >> 8}.${network & 255}.7` },
    clientMemory,
    nowSeconds: 1_000 + afterSeconds,
  })
  /** How many requests each of so many networks gets that ask in turn, a hundred times each. */
  const greedy = (budget: SourceBudget, networks: number, afterSeconds = 0) => {
    const got = Array.from({ length: networks }, () => 0)
    for (let i = 0; i < networks * 100; i++) {
      const network = i % networks
      if (budget.spend(by(network, afterSeconds))) got[network] = (got[network] ?? 0) + 1
    }
    return got
  }
  const prove = (network: number) =>
    clientMemory.noteVerified('shop', `10.${network >> 8}.${network & 255}.9`)
  return { by, greedy, prove }
}

describe('a budget of requests', () => {
  it.each([
    [1, 20],
    [2, 13],
    [3, 10],
    [10, 3],
    [38, 1],
  ])(
    'leaves %i greedy networks %i requests each, and something for one that comes later',
    (networks, each) => {
      const { by, greedy } = spending()
      const budget = new SourceBudget(40, 10)
      const got = greedy(budget, networks)
      expect(Math.max(...got)).toBeLessThanOrEqual(each + 1)
      expect(Math.min(...got)).toBeGreaterThanOrEqual(each - 1)
      expect(budget.spend(by(999))).toBe(true)
    },
  )

  it('is never exceeded, however many networks ask', () => {
    const { greedy } = spending()
    const got = greedy(new SourceBudget(40, 10), 500)
    expect(got.reduce((sum, one) => sum + one)).toBe(40)
  })

  it('keeps a share for networks that were verified, and lets them have of the others', () => {
    const { by, greedy, prove } = spending()
    const budget = new SourceBudget(40, 10)
    prove(999)
    expect(greedy(budget, 500).reduce((sum, one) => sum + one)).toBe(40)
    expect(Array.from({ length: 100 }, () => budget.spend(by(999))).filter(Boolean)).toHaveLength(20)
    const unhurried = new SourceBudget(40, 10)
    expect(Array.from({ length: 100 }, () => unhurried.spend(by(999))).filter(Boolean)).toHaveLength(40)
  })

  it.each([
    ['its span is over', 10],
    ['the clock goes back', -1],
  ])('begins anew when %s', (_what, afterSeconds) => {
    const { by, greedy } = spending()
    const budget = new SourceBudget(40, 10)
    greedy(budget, 1)
    expect(budget.spend(by(0, 9))).toBe(false)
    expect(greedy(budget, 1, afterSeconds)).toEqual([20])
  })

  it('is each source’s own, and each server’s', () => {
    const { by } = spending()
    const budgets = new SourceBudgets(1, 10)
    expect(budgets.spend(by(1))).toBe(true)
    expect(budgets.spend(by(2))).toBe(false)
    expect(budgets.spend(by(2, 0, 'other'))).toBe(true)
    expect(budgets.spend(by(2), 'https://a.example/')).toBe(true)
    expect(budgets.spend(by(2), 'https://a.example/')).toBe(false)
  })

  it('takes the clients whose address nobody tells for one network', () => {
    const { by } = spending()
    const budget = new SourceBudget(40, 10)
    const unknown = { ...by(0), client: contextWith([]).client }
    expect(Array.from({ length: 100 }, () => budget.spend(unknown)).filter(Boolean)).toHaveLength(20)
    expect(budget.spend(by(1))).toBe(true)
  })

  it('takes the addresses of one IPv6 /48 for one network', () => {
    const { by } = spending()
    const budget = new SourceBudget(40, 10)
    const at = (i: number) => ({
      ...by(0),
      client: { ...contextWith([]).client, address: `2001:db8:1:${i.toString(16)}::1` },
    })
    expect(Array.from({ length: 100 }, (_, i) => budget.spend(at(i))).filter(Boolean)).toHaveLength(20)
  })
})
