import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMasked, shownUrl } from '../../src/platform/shown-url.ts'

describe('a URL for display', () => {
  it.each([
    ['nothing to hide', 'https://hooks.example/in', 'https://hooks.example/in'],
    ['no path', 'http://requestb.in', 'http://requestb.in'],
    ['an @ in its path', 'https://hooks.example/@shop', 'https://hooks.example/@shop'],
    ['user name and password', 'https://user:pass@hooks.example/in', 'https://***@hooks.example/in'],
    ['a user name alone', 'https://token@hooks.example:8443/in', 'https://***@hooks.example:8443/in'],
    ['an @ in its password', 'https://user:p@ss@hooks.example/', 'https://***@hooks.example/'],
    ['no user name', 'https://:pass@hooks.example', 'https://***@hooks.example'],
    ['a query', 'https://hooks.example/in?b=2&a=1', 'https://hooks.example/in?b=***&a=***'],
    ['a token for a query', 'https://hooks.example/in?s3cr3t', 'https://hooks.example/in?***'],
    ['a token with its padding', 'https://hooks.example/in?czNjcjN0==', 'https://hooks.example/in?***'],
    ['a value with more signs in it', 'https://hooks.example/?a=b=c?d', 'https://hooks.example/?a=***'],
    ['an empty query', 'https://hooks.example/in?', 'https://hooks.example/in?'],
    ['a fragment', 'https://hooks.example/in#s3cr3t', 'https://hooks.example/in#***'],
    ['upper case', 'HTTPS://User:Pass@Hooks.example/In?T=X', 'HTTPS://***@Hooks.example/In?T=***'],
    ['backslashes', 'https:\\\\user:pass@hooks.example\\in?t=1', 'https://***@hooks.example/in?t=***'],
    ['no slashes', 'https:user:pass@hooks.example/in', 'https://***@hooks.example/in'],
    ['three slashes', 'https:///user:pass@hooks.example/in', 'https://***@hooks.example/in'],
    ['a tab before its host', 'https://user:pass@\thooks.example/in', 'https://***@hooks.example/in'],
    ['a space before it', ' https://user:pass@hooks.example/in', 'https://***@hooks.example/in'],
  ])('masks %s', (_what, url, shown) => {
    expect(shownUrl(url)).toBe(shown)
    expect(shownUrl(shown)).toBe(shown)
    expect(isMasked(shown)).toBe(shown.includes('***'))
    expect(isMasked(url)).toBe(false)
  })

  it('contains no secret of the URL, is idempotent, and stays short', () => {
    const text = fc.string({ unit: fc.constantFrom(...'abc:@=&?#/\\ .-%*;'.split('')), maxLength: 20 })
    fc.assert(
      fc.property(text, text, text, (before, query, fragment) => {
        const url = `https://Zu${before.replaceAll(/[/\\?#]/g, '')}Zp@host.example/in?Zq${query}=Zv${query}#Zf${fragment}`
        fc.pre(URL.canParse(url) && new URL(url).username !== '')
        const shown = shownUrl(url)
        expect(shown).not.toMatch(/Zu|Zp|Zv|Zf/)
        expect(shownUrl(shown)).toBe(shown)
        expect(new URL(shown).host).toBe('host.example')
      }),
    )
    const long = `https://host.example/in?${'a&'.repeat(1_000)}`
    expect(shownUrl(long)).toBe('https://host.example/in?***')
  })
})
