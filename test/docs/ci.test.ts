/** The recipe for a CI, docs/ci/deploy.yml. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { ROOT } from '../../scripts/workers.ts'

it('fetches all commits, and runs Postern under the Node of setup-node alone', async () => {
  const recipe = await readFile(`${ROOT}docs/ci/deploy.yml`, 'utf8')
  const steps = recipe.split(/^ {6}- /m).slice(1)
  const checkouts = steps.filter((step) => step.startsWith('uses: actions/checkout@'))
  expect(checkouts).toHaveLength(2)
  for (const step of checkouts) expect(step).toMatch(/^ +fetch-depth: 0$/m)
  const commands = steps.flatMap((step) => /^run: (.+)$/m.exec(step)?.[1] ?? [])
  // npm run would take the Node of the packages first.
  expect(commands.map((command) => command.split(' ')[0])).toEqual(['npm', 'node', 'npm', 'node'])
  expect(commands.filter((command) => command.startsWith('npm'))).toEqual(['npm ci', 'npm ci'])
})
