/** How large each Worker is, and how long an isolate takes to start it. */
import { gzipSync } from 'node:zlib'
import { unstable_readConfig as readConfig } from 'wrangler'
import { bundle } from '../../scripts/local/bundle.ts'
import { ROOT, WORKERS } from '../../scripts/workers.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { openSingle } from '../single.ts'
import { spreadOf, textOf } from '../spread.ts'
import { ENTRIES } from '../bench-world.ts'

const STARTS = { full: 7, quick: 1 } as const
const KB = 1_000

export const start: Group = { name: 'start', run }

async function run(effort: Effort): Promise<Finding> {
  const timer = await bundle(`${ENTRIES}start.ts`)
  const measured = []
  for (const { name, config } of WORKERS) {
    const { main } = readConfig({ config: `${ROOT}${config}` })
    if (main === undefined) throw new Error(`${config} names no entry`)
    const code = await bundle(main)
    const startMs: number[] = []
    for (let round = 0; round < STARTS[effort]; round++) {
      const worker = await openSingle([
        { name: 'timer.js', code: timer },
        { name: 'measured.js', code },
      ])
      startMs.push(await worker.ask<number>({}))
      await worker.close()
    }
    measured.push({
      name,
      kilobytes: code.length / KB,
      gzipKilobytes: gzipSync(code).byteLength / KB,
      startMs: spreadOf(startMs),
    })
  }
  return {
    title: 'Size and start',
    notes: [
      'The bundle as Wrangler makes it, not minified, and the time in which workerd compiles and runs its top level. Cloudflare accepts 64 MiB and one second.',
    ],
    columns: ['Worker', 'bundle KB', 'gzip KB', 'start ms'],
    rows: measured.map(({ name, kilobytes, gzipKilobytes, startMs }) => [
      name,
      kilobytes.toFixed(0),
      gzipKilobytes.toFixed(0),
      textOf(startMs, 0),
    ]),
    readings: [],
    data: measured,
  }
}
