/** `npm run conformance -- DIR…`: sends recorded deliveries through the real Workers and prints the differences. */
import { relative } from 'node:path'
import { type Case, CaseError, casesBelow } from './conformance/case.ts'
import { type CaseResult, run } from './conformance/run.ts'
import { rounds } from './conformance/rounds.ts'
import { openWorld } from './conformance/conformance-world.ts'
import { KINDS, type Kind, counts, unplayedClaims } from './judges/confirmed.ts'
import { logPrinter } from './local/log-printer.ts'

async function conformance(paths: readonly string[]): Promise<boolean> {
  if (paths.length === 0) throw new CaseError('Name one or more folders: npm run conformance -- DIR…')
  const cases = await casesBelow(paths)
  const verdicts: CaseResult[] = []
  for (const round of rounds(cases)) {
    const world = await openWorld(logPrinter(process.env['VERBOSE'] === '1'))
    try {
      verdicts.push(...(await run(round, world)))
    } finally {
      await world.close()
    }
  }
  for (const verdict of verdicts) print(verdict)
  const failed = verdicts.filter(({ differences }) => differences.length > 0).length
  const unplayed = unplayedClaims(verdicts)
  for (const claim of unplayed) console.log(`FAILED ${claim}`)
  for (const [kind, count] of Object.entries(counts()))
    console.log(`${count} proofs confirmed ${KINDS[kind as Kind]}`)
  console.log(`${verdicts.length - failed} passed, ${failed + unplayed.length} failed`)
  return failed + unplayed.length === 0 && verdicts.length > 0
}

function print({ played, differences, note }: CaseResult): void {
  if (differences.length > 0) console.log(`FAILED ${titleOf(played)}`)
  else if (note !== undefined) console.log(`note   ${titleOf(played)}`)
  for (const line of [...differences, ...(note === undefined ? [] : [note])]) console.log(`       ${line}`)
}

const titleOf = ({ esp, name, file }: Case): string => `${esp} ${name} (${relative(process.cwd(), file)})`

try {
  process.exit((await conformance(process.argv.slice(2))) ? 0 : 1)
} catch (cause) {
  if (!(cause instanceof CaseError)) throw cause
  console.error(cause.message)
  console.log('0 passed, 0 failed')
  process.exit(1)
}
