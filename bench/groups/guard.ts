/** One guard object against one object that writes a row for each request. */
import { bundle } from '../../scripts/local/bundle.ts'
import type { GuardRun } from '../entries/guard.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { openSingle } from '../single.ts'
import { ratioOf, spreadOf, textOf } from '../spread.ts'
import { ENTRIES } from '../bench-world.ts'

const EFFORT = { full: { rounds: 9, count: 1_500 }, quick: { rounds: 1, count: 100 } } as const
const AT_ONCE = [1, 50] as const

export const guard: Group = { name: 'guard', run }

async function run(effort: Effort): Promise<Finding> {
  const { rounds, count } = EFFORT[effort]
  const code = await bundle(`${ENTRIES}guard.ts`)
  const worker = await openSingle([{ name: 'guard-bench.js', code }], {
    GUARD: 'Guard',
    INSERTING: 'Inserting',
  })
  try {
    const measured = []
    for (const atOnce of AT_ONCE) {
      const ours: GuardRun[] = []
      const inserting: GuardRun[] = []
      for (let round = 0; round <= rounds; round++) {
        const of = (who: string) => worker.ask<GuardRun>({ who, count, atOnce })
        const turn = [await of('ours'), await of('inserting')] as const
        // The first is the warm-up.
        if (round === 0 && rounds > 1) continue
        ours.push(turn[0])
        inserting.push(turn[1])
      }
      measured.push({
        atOnce,
        ours: middle(ours),
        inserting: middle(inserting),
        ratio: ratio(ours, inserting),
      })
    }
    return {
      title: 'The guard on one object',
      notes: [
        'Ours: `admit` and `settle` of new claims as the gateway calls them, until all of them are on the disk. For comparison: an object with a table of ids and one INSERT for each call. The calls come from a Worker in the same process.',
      ],
      columns: ['at once', 'claims /s', 'INSERTs /s', 'ratio', 'rows a thousand', 'rows a thousand, INSERT'],
      rows: measured.map(({ atOnce, ours, inserting, ratio }) => [
        String(atOnce),
        ours.perSecond.toFixed(0),
        inserting.perSecond.toFixed(0),
        textOf(ratio),
        ours.rowsPerThousand.toFixed(1),
        inserting.rowsPerThousand.toFixed(1),
      ]),
      readings: measured
        .filter(({ atOnce }) => atOnce === 50)
        .map(({ ratio }) => ({ goal: 'guard' as const, of: '50 at once', spread: ratio })),
      data: measured,
    }
  } finally {
    await worker.close()
  }
}

const ratio = (ours: readonly GuardRun[], inserting: readonly GuardRun[]) =>
  ratioOf(
    ours.map(({ perSecond }) => perSecond),
    inserting.map(({ perSecond }) => perSecond),
  )

const middle = (runs: readonly GuardRun[]): GuardRun => ({
  perSecond: spreadOf(runs.map(({ perSecond }) => perSecond)).median,
  rowsPerThousand: spreadOf(runs.map(({ rowsPerThousand }) => rowsPerThousand)).median,
})
