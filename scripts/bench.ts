/** `npm run bench`: how close each scheme comes to bare WebCrypto, and how far it is from the official library. */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Effort, type Measured, measure } from './bench/measure.ts'
import { complaintsOf, jsonOf, machine, tableOf, tooSlow } from './bench/report.ts'
import { ROWS } from './bench/schemes/index.ts'

const DEFAULT_ROUNDS = 21

const FULL = { turnMs: 40, warmUpMs: 300 }
/** To see that it runs: the numbers mean nothing. */
const SMOKE: Effort = { rounds: 2, turnMs: 1, warmUpMs: 1 }

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, json: { type: 'string' }, smoke: { type: 'boolean' } },
})

async function bench(): Promise<boolean> {
  const rounds = Number(values.rounds ?? DEFAULT_ROUNDS)
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error('--rounds takes a whole number, 1 or more.')
    return false
  }
  const effort = values.smoke === true ? SMOKE : { ...FULL, rounds }
  const rows: Measured[] = []
  for (const row of ROWS) rows.push(await measure(row, effort))

  console.log(`${machine()}; ${effort.rounds} rounds in turns, median [min–max]\n\n${tableOf(rows)}`)
  if (values.json !== undefined) await writeFile(values.json, jsonOf(rows, effort.rounds, new Date()))
  if (values.smoke === true) return true
  for (const complaint of complaintsOf(rows)) console.log(complaint)
  return tooSlow(rows).length === 0
}

process.exit((await bench()) ? 0 : 1)
