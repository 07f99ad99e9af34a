/** The clock of the conformance run must be out of reach in a deployment. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { unstable_readConfig as readConfig } from 'wrangler'
import { CLOCK_HEADER, SCHEME_HEADER, SENT_HEADER } from '../../../scripts/conformance/control.ts'
import { bundle } from '../../../scripts/local/bundle.ts'
import { ROOT, WORKERS } from '../../../scripts/workers.ts'

const STEERING = [CLOCK_HEADER, SCHEME_HEADER, SENT_HEADER]
const steeringIn = (code: string): string[] =>
  STEERING.filter((header) => code.toLowerCase().includes(header))

describe('what steers the conformance run', () => {
  it.each(WORKERS)('is not in the $name that $config deploys', async ({ config }) => {
    const { main } = readConfig({ config: join(ROOT, config) })
    if (main === undefined) throw new Error(`${config} names no entry`)
    const code = await bundle(main)
    expect(code.length).toBeGreaterThan(10_000)
    expect(steeringIn(code)).toEqual([])
  })

  it('is in the gateway that the run itself starts', async () => {
    expect(steeringIn(await bundle(`${ROOT}scripts/conformance/gateway.ts`))).toEqual(STEERING)
  })
})
