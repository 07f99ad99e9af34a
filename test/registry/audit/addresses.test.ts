import { describe, expect, it } from 'vitest'
import type { Json } from '../../../src/platform/json.ts'
import { withoutAddresses } from '../../../src/registry/audit/addresses.ts'
import { auditKey } from '../../../src/registry/audit/chain.ts'

const key = await auditKey(new Uint8Array(32).fill(5))
const MARK = /^address-[0-9a-f]{16}$/

describe('a text in the audit log', () => {
  it.each([
    'ada@example.com',
    'ADA@EXAMPLE.COM',
    'ada%40example.com',
    'ada＠example.com',
    'ada+news@mail.example.com',
    "o'brien@example.com",
    'bounce+ada=example.org@example.com',
    '"ada lovelace"@example.com',
    'żółć@example.com',
    'ada@localhost',
  ])('is a mark in place of %s', async (address) => {
    expect(await withoutAddresses(address, key)).toMatch(MARK)
    const around = (await withoutAddresses(`Asked <${address}>, again.`, key)) as string
    expect(around).toMatch(/^Asked <address-[0-9a-f]{16}>, again\.$/)
  })

  it.each([
    '',
    'Nobody.',
    '@',
    'meet @ noon',
    '@ada',
    '203.0.113.0/24',
    '50%',
    '***@example.com',
    'a'.repeat(300_000),
  ])('stays as it is without one: %.20s', async (text) =>
    expect(await withoutAddresses(text, key)).toBe(text),
  )

  it('has no address anywhere in a document, neither in names', async () => {
    const json: Json = {
      filter: { to: ['ada@example.com', { 'eve@example.com': 1 }] },
      paused: true,
      rate: 7,
    }
    const text = JSON.stringify(await withoutAddresses(json, key))
    expect(text).not.toMatch(/@|ada|eve|example/)
    expect(text).toContain('"paused":true,"rate":7')
  })

  it('has the same mark for the same address in any spelling, another for others and under other keys', async () => {
    const mark = await withoutAddresses('ada@example.com', key)
    expect(await withoutAddresses('Ada%40Example.com', key)).toBe(mark)
    expect(await withoutAddresses('eve@example.com', key)).not.toBe(mark)
    expect(await withoutAddresses('ada@example.com', await auditKey(new Uint8Array(32)))).not.toBe(mark)
  })
})
