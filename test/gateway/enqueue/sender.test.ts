import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../../../src/event/envelope.ts'
import { MESSAGE_MAX_BYTES } from '../../../src/event/pack.ts'
import { sender } from '../../../src/gateway/enqueue/sender.ts'

const envelope = (key: string, bytes = 1): Envelope => ({
  version: 1,
  source: 's'.repeat(63),
  key,
  kind: 'inline',
  sealed: new Uint8Array(bytes),
})

/** A queue that notes what each call has carried, and refuses those that hold the key `refused`. */
function watchedQueue() {
  const calls: Envelope[][] = []
  const take = async (all: readonly unknown[]) => {
    calls.push(all as Envelope[])
    await sleep(1)
    if (calls.at(-1)?.some(({ key }) => key === 'refused')) throw new Error('refused')
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
  }
  const queue = {
    send: (body: unknown) => take([body]),
    sendBatch: (messages: Iterable<MessageSendRequest>) => take([...messages].map(({ body }) => body)),
  }
  return { calls, send: sender(queue, () => performance.now()) }
}

const keysOf = (calls: readonly Envelope[][]) => calls.map((all) => all.map(({ key }) => key))

describe('messages', () => {
  it('of a delivery are one call', async () => {
    const { calls, send } = watchedQueue()
    await send([envelope('a')])
    await send([envelope('b'), envelope('c')])
    expect(keysOf(calls)).toEqual([['a'], ['b', 'c']])
  })

  it('of deliveries that come during a call share the next call', async () => {
    const { calls, send } = watchedQueue()
    await Promise.all([send([envelope('a')]), send([envelope('b')]), send([envelope('c'), envelope('d')])])
    expect(keysOf(calls)).toEqual([['a'], ['b', 'c', 'd']])
  })

  it('of a call that fails are all not acknowledged, and those of other calls are', async () => {
    const { send } = watchedQueue()
    const keys = ['a', 'b', 'refused']
    const ends = await Promise.allSettled(keys.map((key) => send([envelope(key)])))
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    await expect(send([envelope('later')])).resolves.toBeUndefined()
  })
})

describe('a call', () => {
  it.each([
    ['many small messages', 250, 10],
    ['messages as large as they may be', 9, MESSAGE_MAX_BYTES],
    ['messages of some kilobytes', 250, 4_000],
  ])('stays within the limits of the queue with %s', async (_what, count, bytes) => {
    const { calls, send } = watchedQueue()
    const sent = Array.from({ length: count }, (_, i) => envelope(`req_${i}/0`, bytes))
    await Promise.all(sent.map((one) => send([one])))
    expect(new Set(keysOf(calls).flat())).toEqual(new Set(sent.map(({ key }) => key)))
    expect(keysOf(calls).flat()).toHaveLength(count)
    for (const all of calls) {
      expect(all.length).toBeLessThanOrEqual(100)
      // The platform counts some 100 bytes of its own for each.
      const total = all.reduce((sum, one) => sum + 300 + (one.kind === 'inline' ? one.sealed.length : 0), 0)
      expect(total).toBeLessThanOrEqual(256_000)
    }
  })

  it('carries both messages of a delivery of two, however many wait', async () => {
    const { calls, send } = watchedQueue()
    const two = (n: number) => [envelope(`${n}/0`, MESSAGE_MAX_BYTES), envelope(`${n}/1`, MESSAGE_MAX_BYTES)]
    await Promise.all([1, 2, 3, 4].map((n) => send(two(n))))
    expect(keysOf(calls).map((keys) => keys.length)).toEqual([2, 2, 2, 2])
  })
})
