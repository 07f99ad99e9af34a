import { describe, expect, it } from 'vitest'
import { sourceIp } from '../../../src/gateway/check/source-ip.ts'
import { isBlocked } from '../../../src/gateway/accept/blocked.ts'
import type { ClientFacts } from '../../../src/providers/shared/presented-credentials.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import { parseNetwork } from '../../../src/platform/network.ts'
import { PROVIDERS } from '../../../src/providers/index.ts'
import { CLIENT, providerWith, sourceWith } from './support.ts'

type Row = readonly [
  what: string,
  settings: Partial<SourceConfig>,
  client: Partial<ClientFacts>,
  alerts: string[],
]

const ROWS: readonly Row[] = [
  ['no list', {}, {}, []],
  ['no list and nobody known', {}, { address: null, country: null, asn: null }, []],

  ['an allowed address', { allowedIps: ['192.0.2.7'] }, {}, []],
  ['an allowed network', { allowedIps: ['203.0.113.0/24', '192.0.2.0/24'] }, {}, []],
  ['an IPv4 network written as IPv6', { allowedIps: ['::ffff:192.0.2.0/120'] }, {}, []],
  ['an IPv4 address that comes as IPv6', { allowedIps: ['192.0.2.0/24'] }, { address: '::ffff:c000:207' }, []],
  ['an IPv6 address in another spelling', { allowedIps: ['2001:db8::/32'] }, { address: '2001:DB8:0:0::7' }, []],
  ['another address', { allowedIps: ['192.0.2.8'] }, {}, ['source_ip_not_listed']],
  ['another family', { allowedIps: ['::/0'] }, {}, ['source_ip_not_listed']],
  ['an unknown address', { allowedIps: ['0.0.0.0/0', '::/0'] }, { address: null }, ['source_ip_unknown']],
  ['an address that is none', { allowedIps: ['0.0.0.0/0'] }, { address: '192.0.2.007' }, ['source_ip_not_listed']],
  ['a list that lists nothing', { allowedIps: [] }, {}, ['source_ip_not_listed']],
  ['a list of what is no network', { allowedIps: ['192.0.2'] }, {}, ['source_ip_not_listed']],

  ['a blocked address', { blockedIps: ['192.0.2.0/28'] }, {}, ['source_ip_blocked']],
  ['a blocked address within an allowed network', { allowedIps: ['192.0.2.0/24'], blockedIps: ['192.0.2.7'] }, {}, ['source_ip_blocked']],
  ['another blocked address', { blockedIps: ['192.0.2.8'] }, {}, []],
  ['an unknown address and a block list', { blockedIps: ['0.0.0.0/0'] }, { address: null }, []],

  ['an allowed country', { allowedCountries: ['FR', 'DE'] }, {}, []],
  ['another country', { allowedCountries: ['FR'] }, {}, ['country_not_listed']],
  ['an unknown country', { allowedCountries: ['DE'] }, { country: null }, ['country_not_listed']],
  ['a blocked country', { blockedCountries: ['DE'] }, {}, ['country_blocked']],
  ['an unknown country and a block list', { blockedCountries: ['DE'] }, { country: null }, []],

  ['an allowed system', { allowedAsns: [64_496] }, {}, []],
  ['another system', { allowedAsns: [64_497] }, {}, ['asn_not_listed']],
  ['an unknown system', { allowedAsns: [64_496] }, { asn: null }, ['asn_not_listed']],
  ['a blocked system', { blockedAsns: [64_496] }, {}, ['asn_blocked']],

  ['all that is wrong', { allowedIps: ['192.0.2.8'], allowedCountries: ['FR'], blockedAsns: [64_496] }, {}, ['source_ip_not_listed', 'country_not_listed', 'asn_blocked']],
] // prettier-ignore

describe('check source_ip', () => {
  it.each(ROWS)('of %s', (_what, settings, client, alerts) => {
    const finding = sourceIp({ ...CLIENT, ...client }, sourceWith(settings), providerWith())
    expect(finding).toEqual({ passed: alerts.length === 0, alerts })
  })

  it.each(ROWS)('blocks early what is on a block list: %s', (_what, settings, client, alerts) => {
    const blocked = isBlocked({ ...CLIENT, ...client }, sourceWith(settings))
    expect(blocked).toBe(alerts.some((alert) => alert.endsWith('_blocked')))
  })

  it.each([
    ['within', ['192.0.2.0/24'], undefined, []],
    ['outside', ['203.0.113.0/24'], undefined, ['source_ip_not_listed']],
    ['outside, where the source has its own list', ['203.0.113.0/24'], ['192.0.2.0/24'], []],
    [
      'within, where the source has its own list',
      ['192.0.2.0/24'],
      ['203.0.113.0/24'],
      ['source_ip_not_listed'],
    ],
  ])('takes the published networks of the ESP: %s', (_what, publishedNetworks, allowedIps, alerts) => {
    const provider = providerWith({ publishedNetworks })
    const source = sourceWith(allowedIps === undefined ? {} : { allowedIps })
    expect(sourceIp(CLIENT, source, provider)?.alerts).toEqual(alerts)
  })

  it.each([
    ['decide nothing', {}, undefined],
    [
      'leave the other lists',
      { allowedCountries: ['FR'] },
      { passed: false, alerts: ['country_not_listed'] },
    ],
    [
      'leave the source’s own list',
      { allowedIps: ['192.0.2.0/24'] },
      { passed: false, alerts: ['source_ip_unknown'] },
    ],
  ])('published networks %s where no edge tells an address', (_what, settings, finding) => {
    const nowhere = { ...CLIENT, address: null }
    const provider = providerWith({ publishedNetworks: ['192.0.2.0/24'] })
    expect(sourceIp(nowhere, sourceWith(settings), provider)).toEqual(finding)
  })

  it('can read every network that a provider publishes', () => {
    const networks = PROVIDERS.flatMap((provider) => provider.publishedNetworks ?? [])
    expect(networks.filter((network) => parseNetwork(network) === undefined)).toEqual([])
  })

  it('reads the lists of a configuration once', () => {
    const source = sourceWith({ allowedIps: ['192.0.2.0/24'] })
    const provider = providerWith()
    expect(sourceIp(CLIENT, source, provider)?.passed).toBe(true)
    // Were it parsed again, this would be seen.
    source.config.allowedIps?.splice(0, 1, '203.0.113.0/24')
    expect(sourceIp(CLIENT, source, provider)?.passed).toBe(true)
    const changed = { ...source, config: { ...source.config, allowedIps: ['203.0.113.0/24'] } }
    expect(sourceIp(CLIENT, changed, provider)?.passed).toBe(false)
  })
})
