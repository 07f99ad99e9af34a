import { expect, it } from 'vitest'
import { readAddress } from '../../src/api/address.ts'
import { addressOf } from '../../src/providers/shared/native.ts'

it.each([
  'ada@example.com',
  '"grace hopper"@navy.example',
  '"a<b>,;:c"@navy.example',
  '"a\\"b"@navy.example',
  'ada@[IPv6:2001:db8::1]',
  `${'a'.repeat(65)}@example.com`,
  'jürgen@bücher.example',
])('can ask for what is stored of an event: %s', (address) => {
  expect(addressOf(address)).toBe(address)
  expect(readAddress(address)).toBe(address)
  expect(readAddress(` Someone <${address}> `)).toBe(address)
})

it.each([
  'a@b@c.example',
  'ada@example.com, grace@example.com',
  '<ada@example.com> <grace@example.com>',
  'mailto:ada@example.com',
  '"ada@example.com',
  '"a b"c@example.com',
  '"a\u0000b"@example.com',
  'a\u0007@example.com',
  `${'a'.repeat(320)}@example.com`,
])('is no one address: %j', (text) => {
  expect(readAddress(text)).toBeUndefined()
})
