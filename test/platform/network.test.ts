import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressText,
  contains,
  networkOf,
  networkText,
  parseAddress,
  parseNetwork,
} from '../../src/platform/network.ts'

const canonical = (text: string) => {
  const address = parseAddress(text)
  return address && addressText(address)
}
const holds = (network: string, address: string) => {
  const [range, one] = [parseNetwork(network), parseAddress(address)]
  return range !== undefined && one !== undefined && contains(range, one)
}

const wordsOf = (value: bigint, width: number) =>
  Array.from({ length: width / 32 }, (_, i) =>
    Number(BigInt.asUintN(32, value >> BigInt(width - 32 * (i + 1)))),
  )

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['ff02::2:ff00:0', 'ff02::2:ff00:0'],
    // IPv4 in its mapped spellings is IPv4.
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:0201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    // Its neighbours are not.
    ['::192.0.2.1', '::c000:201'],
    ['::fffe:c000:201', '::fffe:c000:201'],
    ['1::ffff:c000:201', '1::ffff:c000:201'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ])('%s is %s', (text, expected) => expect(canonical(text)).toBe(expected))

  it.each([
    '', ' ', '192.0.2', '192.0.2.1.5', '192.0.2.', '.192.0.2.1', '192.0.2.256', '192.0.2.999', '192.0.2.-1', '192.0.2.+1',
    '192.0.2.01', '0300.0.2.1', '0xc0.0.2.1', '3221225985', '192.0.513', '192.0.2.1 ', ' 192.0.2.1', '192.0.2.1\n',
    '192.0.2.1:443', '192.0.2.1, 203.0.113.9', '192.0.2.1/32', '１９２.0.2.1', '192。0。2。1', '1e2.0.2.1',
    ':', ':::', '::1::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8',
    ':1:2:3:4:5:6:7', '1:2:3:4:5:6:7:', '12345::', '::g', '::-1', '::0x1', '::1%eth0', 'fe80::1%25eth0', '[::1]', '::1]',
    '::1/128', '::ffff:192.0.2.01', '::ffff:192.0.2', '::ffff:192.0.2.1.1', '192.0.2.1::', '::192.0.2.1:1',
    '1:2:3:4:5:6:7:192.0.2.1', 'localhost', 'constructor', `${'0'.repeat(46)}::1`,
  ])('is not %j', (text) => expect(parseAddress(text)).toBeUndefined()) // prettier-ignore

  it('never throws, and can be parsed from its own text', () =>
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:./%]{1,50}$/)),
        (text) => {
          const address = parseAddress(text)
          if (address !== undefined) expect(parseAddress(addressText(address))).toEqual(address)
          const network = parseNetwork(text)
          if (network !== undefined) expect(parseNetwork(networkText(network))).toEqual(network)
        },
      ),
      { numRuns: 3_000 },
    ))

  it('parses the addresses that fast-check generates', () =>
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => parseAddress(text) !== undefined),
      { numRuns: 1_000 },
    ))
})

describe('a network', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.77', '192.0.2.77/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['128.0.0.0/1', '128.0.0.0/1'],
    ['::/0', '::/0'],
    ['2001:DB8:8000:0::/33', '2001:db8:8000::/33'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['::ffff:192.0.2.0/120', '192.0.2.0/24'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['::ffff:192.0.2.1', '192.0.2.1/32'],
  ])('%s is %s', (text, expected) => {
    const network = parseNetwork(text)
    expect(network && networkText(network)).toBe(expected)
  })

  it.each([
    '', '/', '/24', '192.0.2.0/', '192.0.2.0/33', '192.0.2.0/024', '192.0.2.0/-1', '192.0.2.0/+8', '192.0.2.0/8 ',
    '192.0.2.0/24/24', '192.0.2.0/0x18', '192.0.2.0/255.255.255.0', '192.0.2/24', '192.0.2.*', '192.0.2.77/24', '192.0.2.1/31', '255.255.255.255/0', '2001:db8::1/64', '2001:db8:4000::/33', '::ffff:192.0.2.1/120', '192.0.2.0-192.0.2.9',
    '::/129', '::/1000', '::1%lo/128', '::ffff:192.0.2.0/95', '::ffff:192.0.2.0/129', '*', 'any', 'example.com/24',
  ])('is not %j', (text) => expect(parseNetwork(text)).toBeUndefined()) // prettier-ignore

  it.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.0/24', '::ffff:192.0.2.9', true],
    ['192.0.2.0/24', '::ffff:c000:209', true],
    ['::ffff:192.0.2.0/120', '192.0.2.9', true],
    ['192.0.2.0/24', '::192.0.2.9', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.9', false],
    ['::/0', '::ffff:203.0.113.9', false],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['128.0.0.0/1', '128.0.0.0', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:DB8:0::/48', '2001:db8::1', true],
    ['2001:db8:0:8000::/49', '2001:db8:0:7fff::', false],
  ])('%s, does it hold %s? %s', (network, address, expected) =>
    expect(holds(network, address)).toBe(expected),
  )

  it('contains the addresses that integer arithmetic gives', () =>
    fc.assert(
      fc.property(
        fc.constantFrom({ family: 4, width: 32 } as const, { family: 6, width: 128 } as const),
        fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
        fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
        fc.nat({ max: 128 }),
        fc.nat({ max: 128 }),
        ({ family, width }, first, second, prefix, common) => {
          const one = BigInt.asUintN(width, first)
          const prefixBits = prefix % (width + 1)
          // The other address shares its first bits with the network, so that near misses are met too.
          const free = BigInt(width - (common % (width + 1)))
          const other = ((one >> free) << free) | BigInt.asUintN(Number(free), second)
          const behind = BigInt(width - prefixBits)
          const network = networkOf({ family, words: wordsOf(one, width) }, prefixBits)
          expect(network.words).toEqual(wordsOf((one >> behind) << behind, width))
          expect(contains(network, { family, words: wordsOf(other, width) })).toBe(
            one >> behind === other >> behind,
          )
        },
      ),
      { numRuns: 3_000 },
    ))

  it('of an address contains it, and begins with its bits', () =>
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat({ max: 128 }), (text, bits) => {
        const address = parseAddress(text)
        fc.pre(address !== undefined)
        if (address === undefined) return
        const network = networkOf(address, Math.min(bits, address.words.length * 32))
        expect(contains(network, address)).toBe(true)
        expect(networkOf(network, network.prefixBits)).toEqual(network)
      }),
    ))
})
