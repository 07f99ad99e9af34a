import { describe, expect, it } from 'vitest'
import {
  addressText,
  networkOf,
  networkText,
  parseAddress,
  parseNetwork,
} from '../../src/platform/network.ts'
import { PRIVATE_NETWORKS, isPrivateAddress } from '../../src/platform/private-networks.ts'

const isPrivate = (text: string) => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return isPrivateAddress(address)
}

describe('a private network', () => {
  const names = Object.keys(PRIVATE_NETWORKS)

  it.each(names)('%s is written as a network, and its first and last address are private', (name) => {
    const network = parseNetwork(name)
    if (network === undefined) throw new Error('no network')
    expect(networkText(network)).toBe(name)
    const { family, words, prefixBits } = network
    const last = words.map((word, i) => {
      const bits = Math.max(0, Math.min(32, prefixBits - i * 32))
      return (word | (bits === 32 ? 0 : 0xffffffff >>> bits)) >>> 0
    })
    expect(networkOf({ family, words: last }, prefixBits).words).toEqual(words)
    expect([isPrivateAddress(network), isPrivateAddress({ family, words: last })]).toEqual([true, true])
    expect(isPrivate(addressText({ family, words: last }))).toBe(true)
  })

  it.each([
    '127.0.0.1', '127.1.2.3', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.0.1', '169.254.169.254', '100.100.100.200',
    '192.0.0.192', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255',
    '240.0.0.1', '255.255.255.255',
    '::', '::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'febf::1', 'fec0::1', 'ff02::1', '100::1', '2001::1', '2001:2::1', '2001:db8::1',
    '3fff::1', '5f00::1', '64:ff9b:1::1',
    // An IPv4 address within: 127.0.0.1 and 169.254.169.254, in each way of writing one.
    '::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '::a9fe:a9fe', '::ffff:0:127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe',
    '2002:7f00:1::', '2002:a9fe:a9fe::1', '2001:0:7f00:1::', '2001:0:1:2:0:0:5601:5601',
    // Of a public address, too: no public server is named by such a one.
    '64:ff9b::8.8.8.8', '2002:808:808::1', '::8.8.8.8',
  ])('has %s', (address) => expect(isPrivate(address)).toBe(true)) // prettier-ignore

  it.each([
    '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255',
    '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0', '192.88.98.255', '192.167.255.255', '192.169.0.0',
    '198.17.255.255', '198.20.0.0', '203.0.112.255', '203.0.114.0', '223.255.255.255', '::ffff:8.8.8.8',
    '2001:200::1', '2001:db7::1', '2001:db9::1', '2003::1', '2606:4700::1111', '2a00:1450::1', '2400:cb00::1', '3ffe::1', '3fff:1000::1',
  ])('does not have %s', (address) => expect(isPrivate(address)).toBe(false)) // prettier-ignore
})
