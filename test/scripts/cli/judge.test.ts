import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { captureOfCase } from '../../../scripts/cli/capture.ts'
import { judge } from '../../../scripts/cli/judge.ts'
import { casesBelow } from '../../../scripts/conformance/case.ts'

const fixtures = path.join(import.meta.dirname, '../../fixtures')
const cases = await casesBelow([fixtures])

describe('a judgement offline is the one of the real path', () => {
  it('of recorded deliveries that are accepted and of some that are not', () => {
    const verdicts = new Set(cases.map(({ expect }) => expect.verdict))
    expect([...verdicts].toSorted()).toEqual(['accept', 'reject'])
  })

  it.each(cases.map((one) => [one.esp, one.name, one] as const))('%s %s', async (_esp, _name, recorded) => {
    const verdict = await judge(captureOfCase(recorded, 0))
    const accepted = verdict.kind === 'proven' && verdict.fresh && verdict.refusal === undefined
    expect(accepted).toBe(recorded.expect.verdict === 'accept')
    const types: string[] =
      verdict.kind === 'proven' && accepted ? verdict.events.map(({ type }) => type) : []
    expect(types.toSorted()).toEqual(recorded.expect.events.map((event) => String(event['type'])).toSorted())
  })
})
