import { describe, expect, it } from 'vitest'
import { listed } from '../../src/addresses/lists.ts'
import { readEnvelopeAddress } from '../../src/addresses/syntax.ts'

function of(address: string) {
  const read = readEnvelopeAddress(address)
  if (read === undefined) throw new TypeError('no address')
  return listed(read)
}

const PLAIN = { flags: { disposable: false, role: false, free: false, catch_all: null }, meant: null }

describe('lists', () => {
  it.each<readonly [string, Partial<(typeof PLAIN)['flags']>, string | null]>([
    ['ada@example.com', {}, null],
    ['ada@mailinator.com', { disposable: true }, null],
    ['ada@a.b.mailinator.com', { disposable: true }, null],
    ['ada@mailinator.com.example.com', {}, null],
    ['ada@duck.com', { free: true }, null],
    ['ada@mozmail.com', {}, null],
    ['ada@simplelogin.com', {}, null],
    ['Postmaster@example.com', { role: true }, null],
    ['no-reply+x@example.com', { role: true }, null],
    ['ada@tutanota.com', { free: true }, null],
    ['ada@gmail.com', { free: true }, null],
    ['ada@gamil.com', {}, 'gmail.com'],
    // Somebody takes the mail of those who mistype.
    ['ada@gmial.com', { disposable: true }, 'gmail.com'],
    ['ada@gmai.com', {}, 'gmail.com'],
    ['ada@gmaill.com', {}, 'gmail.com'],
    ['ada@hotmaill.com', {}, 'hotmail.com'],
    ['ada@yahoo.co', {}, 'yahoo.com'],
    ['ada@mail.com', { free: true }, null],
    ['ada@gmx.net', { free: true }, null],
    ['ada@amial.com', {}, null],
  ])('%s', (address, flags, meant) =>
    expect(of(address)).toEqual({ flags: { ...PLAIN.flags, ...flags }, meant }),
  )
})
