import { describe, expect, it } from 'vitest'
import { systemNowMs } from '../../src/platform/clock.ts'
import { Deadlines } from '../../src/outbound/deadlines.ts'

/** Begins work that ends when it is told to. */
function begin(deadlines: Deadlines, timeoutMs: number) {
  const { promise, resolve } = Promise.withResolvers<string>()
  const signals: AbortSignal[] = []
  const result = deadlines.within(timeoutMs, (signal) => {
    signals.push(signal)
    return promise
  })
  const end = async () => {
    resolve('done')
    return result
  }
  return { result, end, isAborted: () => signals[0]?.aborted }
}

describe('work', () => {
  it.each<[string, () => Promise<string>, string | undefined]>([
    ['that ends in time has its result', async () => 'done', 'done'],
    ['that does not listen is left alone', () => new Promise(() => {}), undefined],
  ])('%s', async (_name, work, result) => {
    expect(await new Deadlines(systemNowMs).within(5, work)).toBe(result)
  })

  it('that fails in time fails, and too late nobody hears of it', async () => {
    const deadlines = new Deadlines(systemNowMs)
    const broken = deadlines.within(60_000, () => Promise.reject(new RangeError('broken')))
    await expect(broken).rejects.toThrow('broken')
    const late = (signal: AbortSignal) =>
      new Promise<string>((_, reject) => {
        signal.addEventListener('abort', () => reject(new RangeError('late')))
      })
    expect(await deadlines.within(5, late)).toBeUndefined()
  })
})

describe('a deadline', () => {
  it('aborts a request that does not end, and no other', async () => {
    const deadlines = new Deadlines(systemNowMs)
    const slow = begin(deadlines, 5)
    const patient = begin(deadlines, 60_000)
    expect(await slow.result).toBeUndefined()
    expect([slow.isAborted(), patient.isAborted()]).toEqual([true, false])
    expect(await patient.end()).toBe('done')
  })

  it('that ends before one that began earlier comes first', async () => {
    const deadlines = new Deadlines(systemNowMs)
    const patient = begin(deadlines, 60_000)
    expect(await begin(deadlines, 5).result).toBeUndefined()
    expect(patient.isAborted()).toBe(false)
    expect(await patient.end()).toBe('done')
  })

  it('comes for each of many, also for those that begin while others wait', async () => {
    const deadlines = new Deadlines(systemNowMs)
    const all = [40, 10, 30, 20].map((ms) => begin(deadlines, ms).result)
    await all[1]
    const results = await Promise.all([...all, begin(deadlines, 5).result])
    expect(results.every((result) => result === undefined)).toBe(true)
  })

  it('does not come for a request that has ended', async () => {
    const deadlines = new Deadlines(systemNowMs)
    const ended = begin(deadlines, 1)
    expect(await ended.end()).toBe('done')
    expect(await begin(deadlines, 20).result).toBeUndefined()
    expect(ended.isAborted()).toBe(false)
  })
})
