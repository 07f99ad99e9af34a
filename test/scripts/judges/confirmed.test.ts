/** The table of how each proof is confirmed, and what must never be claimed. */
import { describe, expect, it } from 'vitest'
import { CONFIRMATIONS, REMARKS, counts, kindOf, unplayedClaims } from '../../../scripts/judges/confirmed.ts'
import type { CaseResult } from '../../../scripts/conformance/run.ts'
import { RECORDED, VECTORS } from '../../../scripts/judges/published.ts'
import { PACKAGES } from '../../../scripts/judges/packages.ts'
import { PROGRAMS } from '../../../scripts/judges/programs.ts'

const names = CONFIRMATIONS.map(({ provider }) => provider)

it('names providers that exist', () => {
  const claimed = [
    ...[...VECTORS, ...RECORDED].map(({ provider }) => provider),
    ...Object.keys(PACKAGES),
    ...PROGRAMS.flatMap(({ judges }) => [...judges.keys()]),
  ]
  expect(claimed.filter((name) => !names.includes(name))).toEqual([])
})

it('has a remark for each provider whose proof is our reading alone, and for no other', () => {
  const alone = CONFIRMATIONS.filter((one) => kindOf(one) === 'reading').map(({ provider }) => provider)
  expect(Object.keys(REMARKS).sort()).toEqual(alone.sort())
})

// The number that was reached. A provider whose confirmation is lost is told of here.
it('has twenty-two proofs or more that something checks which we did not write', () => {
  const { published, vendor, other } = counts()
  expect(published + vendor + other).toBeGreaterThanOrEqual(22)
})

describe('a run of the conformance', () => {
  const result = (esp: string, signatureOrigin: string, differences: readonly string[] = []): CaseResult =>
    ({
      played: { esp, signature_origin: signatureOrigin, expect: { verdict: 'accept' } },
      differences,
    }) as unknown as CaseResult
  it.each([
    ['our own fixtures', [result('resend', 'generated from the documented scheme')], 0],
    [
      "others' deliveries with a published signature",
      [result('resend', 'generated'), result('resend', 'published')],
      0,
    ],
    ["others' deliveries without one", [result('resend', 'generated')], 1],
    ['one that was refused', [result('resend', 'REAL', ['refused'])], 1],
    ['a provider of which none is claimed', [result('loops', 'generated')], 0],
  ])('with %s', (_what, results, missing) => {
    expect(unplayedClaims(results)).toHaveLength(missing)
  })
})
