import { describe, expect, it } from 'vitest'
import { SingleFlight } from '../../src/platform/single-flight.ts'

describe('a single flight', () => {
  it('is shared by concurrent callers', async () => {
    const flights = new SingleFlight<number>()
    let started = 0
    const start = async () => {
      started++
      await Promise.resolve()
      return started
    }
    expect(await Promise.all([flights.run('a', start, 0), flights.run('a', start, 0)])).toEqual([1, 1])
    expect(await flights.run('a', start, 0)).toBe(2)
  })

  it('fails for all callers, and the next call starts again', async () => {
    const flights = new SingleFlight<number>()
    const failing = () => Promise.reject(new Error('down'))
    const both = await Promise.allSettled([flights.run('a', failing, 0), flights.run('a', failing, 0)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await flights.run('a', async () => 1, 0)).toBe(1)
  })

  it('is given up after a timeout, and does not block later calls', async () => {
    const flights = new SingleFlight<number>(20)
    void flights.run('a', () => new Promise(() => undefined), 0)
    expect(await flights.run('a', async () => 1, -1)).toBe(-1)
    expect(await flights.run('a', async () => 1, -1)).toBe(1)
  })
})
