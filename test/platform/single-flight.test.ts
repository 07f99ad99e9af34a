import { describe, expect, it } from 'vitest'
import { SingleFlight } from '../../src/platform/single-flight.ts'

describe('a single flight', () => {
  it('is shared by those who come while it lasts', async () => {
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

  it('fails for all, and the next one starts anew', async () => {
    const flights = new SingleFlight<number>()
    const failing = () => Promise.reject(new Error('down'))
    const both = await Promise.allSettled([flights.run('a', failing, 0), flights.run('a', failing, 0)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await flights.run('a', async () => 1, 0)).toBe(1)
  })

  it('is given up when it does not come back, and holds nobody after', async () => {
    const flights = new SingleFlight<number>(20)
    void flights.run('a', () => new Promise(() => undefined), 0)
    expect(await flights.run('a', async () => 1, -1)).toBe(-1)
    expect(await flights.run('a', async () => 1, -1)).toBe(1)
  })
})
