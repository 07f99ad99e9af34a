/** How the parts of an account run. */
import { expect, it } from 'vitest'
import { type OpenAccount, type Part, runParts } from '../../src/esp-accounts/parts.ts'

const account = {} as OpenAccount
const failing = (fault: string): Part => ({ run: () => Promise.reject(new Error(fault)) })
const waiting = (waitMs: number | null): Part => ({ run: async () => waitMs })

it.each<[string, Part[], number | null]>([
  ['of none that waits there is no next run', [waiting(null)], null],
  ['the first that is due says when', [waiting(50), waiting(null), waiting(20)], 20],
])('%s', async (_name, parts, waitMs) => {
  expect(await runParts(parts, account)).toBe(waitMs)
})

it('one that fails holds up no other, and is told', async () => {
  let runs = 0
  const last: Part = {
    async run() {
      runs++
      return null
    },
  }
  await expect(runParts([failing('first'), last, failing('second')], account)).rejects.toThrow('first')
  expect(runs).toBe(1)
})
