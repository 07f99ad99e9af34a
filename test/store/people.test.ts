import { describe, expect, it } from 'vitest'
import { newMasterKey, readMasterKeys } from '../../src/platform/master-key.ts'
import { SealBroken } from '../../src/platform/seal.ts'
import { normalAddress, people } from '../../src/store/people.ts'

const V1 = newMasterKey()
const V2 = newMasterKey().replace('v1:', 'v2:')

describe('one spelling per mailbox', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['Ada@Example.COM', 'ada@example.com'],
    [' ada@example.com\n', 'ada@example.com'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    // Composed and not.
    ['adé@example.com', 'adé@example.com'],
    ['ade\u0301@example.com', 'adé@example.com'],
    ['"a@b"@example.com', '"a@b"@example.com'],
    ['no address', 'no address'],
    ['', ''],
  ])('%j is %j', (address, normal) => {
    expect(normalAddress(address)).toBe(normal)
  })

  it.each([
    ['ada+news@example.com', 'ada@example.com'],
    ['a.da@example.com', 'ada@example.com'],
    ['ada@example.com', 'ada@example.com.'],
    ['ada@a.example', 'ada@b.example'],
    // Text that only resembles a domain is not parsed as a URL, which would shorten it.
    ['ada@bücher.example/x', 'ada@bücher.example'],
    ['ada@bücher.example:25', 'ada@bücher.example'],
    ['ada@x@bücher.example', 'ada@bücher.example'],
    ['ada@bücher.example?x', 'ada@bücher.example'],
  ])('%j and %j are two people', (one, other) => {
    expect(normalAddress(one)).not.toBe(normalAddress(other))
  })
})

describe('the blind index', () => {
  it('is the same for every spelling, differs between people and between master keys', async () => {
    const first = people(readMasterKeys(V1))
    const index = await first.indexOf('ada@example.com')
    expect(index).toMatch(/^[0-9a-f]{32}$/)
    expect(await first.indexOf(' Ada@EXAMPLE.com')).toBe(index)
    expect(await first.indexOf('bob@example.com')).not.toBe(index)
    expect(await people(readMasterKeys(newMasterKey())).indexOf('ada@example.com')).not.toBe(index)
  })

  it('stays when a newer master key is put in front, and old keys still unwrap', async () => {
    const before = people(readMasterKeys(V1))
    const after = people(readMasterKeys(`${V2},${V1}`))
    const index = await before.indexOf('ada@example.com')
    expect(await after.indexOf('ada@example.com')).toBe(index)
    const wrapped = await before.propose(index, 'Ada@example.com')
    expect((await after.unwrap(index, wrapped)).address).toBe('ada@example.com')
    const wrappedAnew = await after.propose(index, 'ada@example.com')
    await expect(before.unwrap(index, wrappedAnew)).rejects.toThrow(SealBroken)
    expect(await before.find(index, wrappedAnew)).toBeUndefined()
  })

  it("does not let one person's key open at another's index", async () => {
    const first = people(readMasterKeys(V1))
    const [ada, bob] = [await first.indexOf('ada@example.com'), await first.indexOf('bob@example.com')]
    await expect(first.unwrap(bob, await first.propose(ada, 'ada@example.com'))).rejects.toThrow(SealBroken)
  })

  it('proposes another key each time, and stores no more than the length of an address', async () => {
    const first = people(readMasterKeys(V1))
    const long = `${'x'.repeat(5_000)}@example.com`
    const index = await first.indexOf(long)
    const [one, two] = [await first.propose(index, long), await first.propose(index, long)]
    expect(one).not.toBe(two)
    expect(one.length).toBeLessThan(800)
  })
})

it('names content otherwise than the person of the same text', async () => {
  const { nameOf, indexOf } = people(readMasterKeys(V1))
  const text = '["shop","sendgrid"]'
  const names = await Promise.all([nameOf('QUARANTINE', text), nameOf('IMPORT TICKET', text)])
  expect(new Set([...names, await indexOf(text)]).size).toBe(3)
  for (const purpose of ['QUARANTINE', 'IMPORT TICKET'] as const)
    expect(names).not.toContain(await indexOf(`${purpose} ${text}`))
})
