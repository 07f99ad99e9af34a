/** How much silence of a source is worth a page. */
import { describe, expect, it } from 'vitest'
import { newRandom } from '../../src/simulator/random.ts'
import {
  type SilentRuns,
  endRun,
  interrupt,
  newSilentRuns,
  outageEvents,
  passMinute,
} from '../../src/watch/profile/silent-runs.ts'

const WEEK_MINUTES = 10_080

/** Runs in which `due` events were due, one each `every` minutes. Returns those that were worth a page in the second half. */
function pagesIn(runs: SilentRuns, weeks: number, every: number, due: () => number): number {
  let pages = 0
  for (let minute = 0; minute < weeks * WEEK_MINUTES; minute += 1) {
    passMinute(runs)
    if (minute % every > 0) continue
    const one = due()
    if (one >= outageEvents(runs) && minute >= (weeks / 2) * WEEK_MINUTES) pages += 1
    interrupt(runs, one)
    endRun(runs)
  }
  return pages
}

describe('a source that is silent by itself', () => {
  // A Poisson source has a run whose length is exponential before each event; one whose level swings has longer ones.
  it.each<[string, number, number]>([
    ['is steady', 1, 0.05],
    ['swings', 1.5, 0.15],
    ['swings widely', 2, 0.15],
  ])('and that %s pages about once in ten weeks at most', (_, power, aWeek) => {
    const random = newRandom(7)
    const due = () => (-Math.log(1 - random.next())) ** power
    expect(pagesIn(newSilentRuns(), 300, 20, due) / 150).toBeLessThanOrEqual(aWeek)
  })

  it('pages about a few events that are missing if it is steady', () => {
    const runs = newSilentRuns()
    const random = newRandom(7)
    pagesIn(runs, 8, 20, () => -Math.log(1 - random.next()))
    expect(outageEvents(runs)).toBeLessThan(20)
  })
})

describe('an outage', () => {
  it('teaches no more than what was worth a page', () => {
    const [learned, other] = [newSilentRuns(), newSilentRuns()]
    for (const [runs, due] of [[learned, 1e6], [other, outageEvents(other)]] as const) {
      interrupt(runs, due)
      endRun(runs)
    }
    expect(learned).toEqual(other)
  }) // prettier-ignore

  it('is forgotten after months', () => {
    const runs = newSilentRuns()
    const before = outageEvents(runs)
    for (let i = 0; i < 20; i += 1) {
      interrupt(runs, 1000)
      endRun(runs)
    }
    expect(outageEvents(runs)).toBeGreaterThan(2 * before)
    pagesIn(runs, 26, 1, () => 0)
    expect(outageEvents(runs)).toBeLessThan(before)
  })
})
