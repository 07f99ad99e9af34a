/** Advice is checked before it is given: one case in which both a block and a level are possible, and one change a row. */
import { describe, expect, it } from 'vitest'
import { parseNetwork } from '../../../src/platform/network.ts'
import type { Containment } from '../../../src/registry/containment/containment.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import type { SourceView } from '../../../src/registry/sources/source.ts'
import { needsCheck, possibleOf } from '../../../src/watch/containment/possible.ts'
import type { VerifiedNetworks } from '../../../src/watch/containment/verified-networks.ts'
import type { StoredFinding, StoredIncident } from '../../../src/watch/incidents/stored.ts'
import { containment, storedFinding } from '../../support/incidents.ts'

const NOW_MS = Date.UTC(2026, 5, 2, 11)
const HOSTILE = '203.0.113.0/24'
const OTHER = '198.51.100.0/24'
const BLOCK = { source: 'shop', network: HOSTILE }

const FINDING = storedFinding()

const made = (measure: Containment['measure'], change: Partial<Containment> = {}): Containment =>
  containment({ measure, startedAtMs: NOW_MS - 60_000, endsAtMs: NOW_MS + 60_000, ...change })
const blocked = (change: Partial<Containment> = {}) => made({ action: 'block', network: HOSTILE }, change)
const raised = (change: Partial<Containment> = {}) =>
  made({ action: 'raise_level', level: 'maximum' }, change)

const verified = (networks: readonly string[], sources: readonly string[] = ['shop']): VerifiedNetworks => ({
  isKnown: true,
  networks: networks.flatMap((one) => parseNetwork(one) ?? []),
  sources: new Set(sources),
})

interface Case {
  readonly findings?: readonly StoredFinding[]
  readonly containments?: readonly Containment[]
  readonly config?: Partial<SourceConfig>
  readonly isRemoved?: boolean
  readonly verified?: VerifiedNetworks
}

const possible = ({ findings = [FINDING], containments = [], config, isRemoved = false, ...rest }: Case) =>
  possibleOf({ findings, containments } as unknown as StoredIncident, {
    viewOf: async () =>
      isRemoved
        ? null
        : ({ config: { provider: 'generic', level: 'standard', ...config } } as unknown as SourceView),
    verifiedInDay: async () => rest.verified ?? verified([OTHER]),
    nowMs: NOW_MS,
  })

describe('advice', () => {
  it.each<[string, Case, readonly object[], readonly string[]]>([
    ['of a guesser', {}, [BLOCK], ['shop']],
    ['of a source that was removed', { isRemoved: true }, [], []],
    ['of what has ended', { findings: [{ ...FINDING, endedMs: NOW_MS }] }, [], []],
    ['of the installation', { findings: [{ ...FINDING, source: null }] }, [], []],
    ['of deliveries that were accepted', { findings: [{ ...FINDING, kind: 'payload' }] }, [], ['shop']],
    ['without a network', { findings: [{ ...FINDING, networks: [] }] }, [], ['shop']],
    ['of a network that is none', { findings: [{ ...FINDING, networks: ['other'] }] }, [], ['shop']],
    ['of one too wide', { findings: [{ ...FINDING, networks: ['203.0.0.0/16'] }] }, [], ['shop']],
    ['of one that the source allows', { config: { allowedIps: ['203.0.113.7'] } }, [], ['shop']],
    ['of one that was verified', { verified: verified([HOSTILE]) }, [], ['shop']],
    ['of one that was verified in part', { verified: verified(['203.0.113.7']) }, [], ['shop']],
    ['if it is unknown what was verified', { verified: { isKnown: false } }, [], ['shop']],
    ['if nothing was verified there', { verified: verified([OTHER], ['news']) }, [], ['shop']],
    [
      'if nothing was verified there, and the ESP is known',
      { verified: verified([], []), config: { allowedIps: [OTHER] } },
      [BLOCK],
      ['shop'],
    ],
    ['of a blocked one', { containments: [blocked()] }, [], ['shop']],
    ['of one whose block has ended', { containments: [blocked({ endsAtMs: NOW_MS })] }, [BLOCK], ['shop']],
    ['of one whose block was lifted', { containments: [blocked({ liftedAtMs: 1 })] }, [BLOCK], ['shop']],
    ['of one that another source blocks', { containments: [blocked({ source: 'news' })] }, [BLOCK], ['shop']],
    ['at the highest level', { config: { level: 'maximum' } }, [BLOCK], []],
    ['at a raised level', { containments: [raised()] }, [BLOCK], []],
    ['at a level that is back', { containments: [raised({ endsAtMs: NOW_MS })] }, [BLOCK], ['shop']],
    ['that two findings give', { findings: [FINDING, { ...FINDING, kind: 'replay' }] }, [BLOCK], ['shop']],
    [
      'of two sources',
      { findings: [FINDING, { ...FINDING, source: 'news' }], verified: verified([], ['shop', 'news']) },
      [BLOCK, { source: 'news', network: HOSTILE }],
      ['shop', 'news'],
    ],
  ])('%s', async (_what, change, blocks, raises) => {
    expect(await possible(change)).toMatchObject({ blocks, raises })
  })

  it.each<[string, Case, string | undefined]>([
    ['nothing', {}, undefined],
    ['one that was verified', { verified: verified([HOSTILE]) }, 'a delivery from it was verified in the last day'], // prettier-ignore
    ['one of which it is unknown', { verified: { isKnown: false } }, 'the watch cannot tell whether'],
    ['one that the source allows', { config: { allowedIps: [HOSTILE] } }, 'the ESP publishes it, or the source allows it'], // prettier-ignore
    ['one that may be the ESP', { verified: verified([], []) }, 'so it may be the ESP'],
    ['one that is blocked', { containments: [blocked()], verified: verified([HOSTILE]) }, undefined],
    ['one too wide', { findings: [{ ...FINDING, networks: ['203.0.0.0/16'] }] }, undefined],
  ])('says why %s is not to be blocked', async (_what, change, why) => {
    const { refused } = await possible(change)
    expect(refused).toEqual(why === undefined ? [] : [{ ...BLOCK, why: expect.stringContaining(why) }])
  })

  it('checks a bounded number of networks', async () => {
    const networks = Array.from({ length: 30 }, (_, i) => `203.0.${i}.0/24`)
    const { blocks } = await possible({ findings: [{ ...FINDING, networks }] })
    expect(blocks).toHaveLength(20)
  })

  it('is not given if a dependency fails', async () => {
    const incident = { findings: [FINDING], containments: [] } as unknown as StoredIncident
    const fails = () => Promise.reject(new TypeError('down'))
    await expect(
      possibleOf(incident, { viewOf: fails, verifiedInDay: fails, nowMs: NOW_MS }),
    ).rejects.toThrow('down')
  })
})

it.each<[string, readonly StoredFinding[], boolean]>([
  ['of a source that lasts', [FINDING], true],
  ['that has ended', [{ ...FINDING, endedMs: NOW_MS }], false],
  ['of the installation', [{ ...FINDING, source: null }], false],
  ['none', [], false],
])('a finding %s is checked: %#', (_what, findings, expected) => {
  expect(needsCheck({ findings } as unknown as StoredIncident)).toBe(expected)
})
