import { describe, expect, it } from 'vitest'
import { domainOf, isWellKnownDomain, mailboxProviderOf } from '../../src/event/mailbox-providers.ts'
import { normalAddress } from '../../src/store/people.ts'

describe('the mailbox provider of an address', () => {
  it.each([
    ['ada@gmail.com', 'gmail'],
    ['Ada@GoogleMail.com', 'gmail'],
    ['ada@hotmail.co.uk', 'outlook'],
    ['ada@aol.com', 'yahoo'],
    ['ada@yahoo.co.jp', 'yahoo_japan'],
    ['ada@t-online.de', 't_online'],
    ['"a@gmail.com"@web.de', 'web_de'],
    ['ada@gmail.com.example', 'other'],
    ['ada@mail.gmail.com', 'other'],
    ['ada@xgmail.com', 'other'],
    ['ada@other', 'other'],
    ['ada@__proto__', 'other'],
    ['ada@constructor', 'other'],
    ['ada@', 'other'],
    ['gmail.com', 'other'],
    ['', 'other'],
  ])('of %s is %s', (address, name) => {
    const domain = domainOf(normalAddress(address))
    expect(mailboxProviderOf(domain)).toBe(name)
    expect(isWellKnownDomain(domain)).toBe(name !== 'other')
  })
})
