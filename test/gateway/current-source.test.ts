import { describe, expect, it } from 'vitest'
import type { FoundSource } from '../../src/gateway/accept/sources.ts'
import { type Judgment, withCurrentSource } from '../../src/gateway/current-source.ts'
import { EMPTY_CONTEXT, step } from '../../src/gateway/delivery-context.ts'
import type { Deps } from '../../src/gateway/deps.ts'
import { refuse } from '../../src/gateway/outcome.ts'

const version = (number: number) =>
  ({
    state: 'known',
    source: { name: 'shop', version: number, config: { provider: 'generic' } },
  }) as unknown as FoundSource

/** Judges a delivery whose source changes before each judgment. Every judgment refuses it, and notes its version. */
async function judged(newer: Judgment<never>['newer'], versions: readonly FoundSource[]) {
  const [cached = version(0), ...later] = versions
  const sources = { reload: async () => later.shift(), mayRecheck: () => true }
  const deps = { sources, nowMs: () => 0 } as unknown as Deps
  const { context, ...outcome } = await withCurrentSource<never>(
    cached,
    EMPTY_CONTEXT,
    deps,
    async ({ source }, before) => {
      const attempted = [...before.attempted, String(source.version)]
      const refused = step<never>(refuse({ code: 'address_blocked' }), { ...before, attempted })
      return { judged: refused, ...(newer !== undefined && { newer }) }
    },
  )
  return { code: outcome.ok ? undefined : outcome.refusal.code, judgments: context.attempted }
}

describe('a delivery under the newest version of its source', () => {
  it.each<[string, Judgment<never>['newer'], FoundSource[], string, string[]]>([
    ['is judged once', undefined, [version(1), version(2)], 'address_blocked', ['1']],
    [
      'is judged again if there may be a newer version',
      'perhaps',
      [1, 2, 2].map(version),
      'address_blocked',
      ['1', '2'],
    ],
    [
      'is judged three times at most',
      'perhaps',
      [1, 2, 3, 4, 5].map(version),
      'configuration_unavailable',
      ['1', '2', '3'],
    ],
    [
      'is judged three times at most, also if the guard names newer ones',
      'exists',
      [1, 2, 3, 4, 5].map(version),
      'configuration_unavailable',
      ['1', '2', '3'],
    ],
    [
      'keeps what is known of it if the source was removed',
      'perhaps',
      [version(1), { state: 'unknown' }],
      'source_unknown',
      ['1'],
    ],
    [
      'keeps its refusal if the registry does not answer',
      'perhaps',
      [version(1), { state: 'unavailable' }],
      'address_blocked',
      ['1'],
    ],
    [
      'is refused if the guard names a newer version and the registry does not answer',
      'exists',
      [version(1), { state: 'unavailable' }],
      'configuration_unavailable',
      ['1'],
    ],
  ])('%s', async (_what, newer, versions, code, judgments) => {
    expect(await judged(newer, versions)).toEqual({ code, judgments })
  })
})
