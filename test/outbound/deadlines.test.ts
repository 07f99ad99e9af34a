import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../src/outbound/deadlines.ts'

/** Resolves when the signal aborts. */
const aborted = ({ signal }: AbortController): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve()))

describe('work', () => {
  it.each<[string, () => Promise<string>, string | undefined]>([
    ['that ends in time has its result', async () => 'done', 'done'],
    ['that does not listen is left alone', () => new Promise(() => {}), undefined],
  ])('%s', async (_name, work, result) => {
    expect(await new Deadlines().within(5, work)).toBe(result)
  })

  it('that fails in time fails, and too late nobody hears of it', async () => {
    const deadlines = new Deadlines()
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
    const deadlines = new Deadlines()
    const slow = deadlines.begin(5)
    const patient = deadlines.begin(60_000)
    await aborted(slow)
    expect(patient.signal.aborted).toBe(false)
    deadlines.end(patient)
  })

  it('that ends before one that began earlier comes first', async () => {
    const deadlines = new Deadlines()
    const patient = deadlines.begin(60_000)
    await aborted(deadlines.begin(5))
    expect(patient.signal.aborted).toBe(false)
    deadlines.end(patient)
  })

  it('comes for each of many, also for those that begin while others wait', async () => {
    const deadlines = new Deadlines()
    const all = [40, 10, 30, 20].map((ms) => aborted(deadlines.begin(ms)))
    await all[1]
    await Promise.all([...all, aborted(deadlines.begin(5))])
  })

  it('does not come for a request that has ended', async () => {
    const deadlines = new Deadlines()
    const ended = deadlines.begin(1)
    deadlines.end(ended)
    await aborted(deadlines.begin(20))
    expect(ended.signal.aborted).toBe(false)
  })
})
