/** The special features of the conformance run must not exist in a deployment: its clock, and vendors' published keys. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { unstable_readConfig as readConfig } from 'wrangler'
import { CLOCK_HEADER, SCHEME_HEADER, SENT_HEADER } from '../../../scripts/conformance/control.ts'
import { STAND_INS } from '../../../scripts/conformance/conformance-world.ts'
import { bundle } from '../../../scripts/local/bundle.ts'
import { ROOT, WORKERS } from '../../../scripts/workers.ts'

const STEERING = [CLOCK_HEADER, SCHEME_HEADER, SENT_HEADER]
const steeringIn = (code: string): string[] =>
  STEERING.filter((header) => code.toLowerCase().includes(header))

/** The key with which Mandrill validates a webhook. A deployment refuses it. */
const REFUSED_KEY = 'test-webhook'

describe('what steers the conformance run', () => {
  it.each(WORKERS)('is not in the $name that $config deploys', async ({ name, config }) => {
    const { main } = readConfig({ config: join(ROOT, config) })
    if (main === undefined) throw new Error(`${config} names no entry`)
    const code = await bundle(main)
    expect(code.length).toBeGreaterThan(10_000)
    expect(steeringIn(code)).toEqual([])
    if (name === 'gateway') expect(code).toContain(REFUSED_KEY)
  })

  it('is in the gateway that the run itself starts', async () => {
    const code = await bundle(`${ROOT}scripts/conformance/gateway.ts`, STAND_INS)
    expect(steeringIn(code)).toEqual(STEERING)
    expect(code).not.toContain(REFUSED_KEY)
  })
})
