/** Seals what is stored again under the newest master key. */
import { type ResealStep, masterKeyRoutes } from '../../../src/api/master-key.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { DeployProblem } from '../problem.ts'
import { versionOf } from './next-step.ts'

/** Both read many rows. */
const DEADLINE_MS = 120_000
/** Number of passes. Rows that are written under an old key during the first pass are found by the next. */
const PASSES_MAX = 3

/** @throws {DeployProblem} if an old key is still needed afterwards */
export async function resealAll(
  console: Api,
  old: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const sum = { resealed: 0, broken: 0 }
    let cursor: string | null = null
    do {
      const step: ResealStep = await console.call(masterKeyRoutes.resealStep, {
        body: { cursor },
        deadlineMs: DEADLINE_MS,
        headers: { 'x-reason': 'rotation of the master key' },
      })
      sum.resealed += step.resealed
      sum.broken += step.broken
      cursor = step.cursor
    } while (cursor !== null)
    print(`Sealed again: ${sum.resealed}. Opened by no key, left as they are: ${sum.broken}.`)
    const { still_needed: needed } = await console.call(masterKeyRoutes.getMasterKey)
    if (!old.some((mark) => needed.includes(versionOf(mark)))) return
  }
  throw new DeployProblem(
    `${old.join(', ')} is still needed: npx postern master-key show says for what. Run the same command again, or keep the old key.`,
  )
}
