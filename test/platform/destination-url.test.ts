import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { destinationUrlProblems, hostOf } from '../../src/platform/outbound-url.ts'

const OWN = [
  'hooks.shop.example',
  'postern-console.shop.workers.dev',
  'xn--mller-kva.example',
  '127.0.0.1:8787',
]
const DEPLOYED = { allowPrivate: false, ownHosts: OWN }
const LOCAL = { allowPrivate: true, ownHosts: OWN }

const problemsOf = (url: string) => destinationUrlProblems(url, DEPLOYED)

describe('a destination’s URL', () => {
  it.each([
    'https://app.shop.example/email-events',
    'HTTPS://APP.shop.example/email-events?tenant=1',
    'https://app.shop.example:443/',
    'https://app.shop.example:8443/',
    'https://app.shop.example./',
    'https://müller-app.example/',
    'https://a_b.shop.example/',
    'https://internal.example/',
    // Where these lead is found before each connection.
    'https://127.0.0.1.nip.io/',
    'https://localtest.me/',
    // Not our own hosts, although they contain their names.
    'https://hooks.shop.example.other.example/',
    'https://my-hooks.shop.example/',
    'https://app.hooks.shop.example/',
    'https://shop.example/hooks.shop.example',
    'https://postern-console.other.workers.dev/',
  ])('%s has no problem', (url) => expect(problemsOf(url)).toEqual([]))

  const NOT_A_URL = 'Must be an absolute URL of at most 2,048 characters.'
  const NOT_HTTPS = 'Must be an https URL.'
  const LITERAL = 'Must have a host name instead of an address: Cloudflare Workers cannot call an address.'
  const INNER = 'Must be on the public internet, not at a private, link-local or metadata address.'
  const OWN_HOST = 'Must not be a host of this Postern: its events would come back to it.'
  const INVALID_NAME = 'Must have a valid host name.'

  it.each<[string, readonly string[]]>([
    ['', [NOT_A_URL]],
    ['app.shop.example', [NOT_A_URL]],
    ['//app.shop.example/', [NOT_A_URL]],
    ['https://', [NOT_A_URL]],
    [' https://app.shop.example/', [NOT_A_URL]],
    ['https://app.shop.example/\n', [NOT_A_URL]],
    ['https://app.shop\t.example/', [NOT_A_URL]],
    ['https:\\\\app.shop.example\\', [NOT_A_URL]],
    ['https://app.shop.example\\@10.0.0.1/', [NOT_A_URL]],
    [`https://app.shop.example/${'x'.repeat(2_048)}`, [NOT_A_URL]],
    ['https:app.shop.example', [NOT_HTTPS]],
    ['ftp://app.shop.example/', [NOT_HTTPS]],
    ['file:///etc/passwd', [NOT_HTTPS]],
    ['javascript:1', [NOT_HTTPS]],
    ['data:text/plain,x', [NOT_HTTPS]],
    ['wss://app.shop.example/', [NOT_HTTPS]],
    ['http://app.shop.example/', [NOT_HTTPS]],
    ['http://app.shop.example:8080/', [NOT_HTTPS]],
    ['https://user@app.shop.example/', ['Must not hold a user name or a password.']],
    ['https://:p@app.shop.example/', ['Must not hold a user name or a password.']],
    ['https://app.shop.example/#x', ['Must not hold a fragment.']],
    ['https://app.shop.example/#', ['Must not hold a fragment.']],
    ['https://app.shop.example:80/', ['Must use port 443 or 8443.']],
    ['https://app.shop.example:6379/', ['Must use port 443 or 8443.']],
    ['https://8.8.8.8/', [LITERAL]],
    ['https://10.0.0.1/', [LITERAL]],
    ['https://172.16.0.1/', [LITERAL]],
    ['https://192.168.0.1/', [LITERAL]],
    ['https://100.64.0.1/', [LITERAL]],
    ['https://0.0.0.0/', [LITERAL]],
    ['https://255.255.255.255/', [LITERAL]],
    ['https://0x7f.1/', [LITERAL]],
    ['https://[fd00:ec2::254]/', [LITERAL]],
    ['https://[fe80::1]/', [LITERAL]],
    ['https://[64:ff9b::a00:1]/', [LITERAL]],
    ['https://[2002:a00:1::]/', [LITERAL]],
    ['https://127.0.0.1/', [LITERAL]],
    ['https://127.1/', [LITERAL]],
    ['https://2130706433/', [LITERAL]],
    ['https://0x7f000001/', [LITERAL]],
    ['https://0177.0.0.1/', [LITERAL]],
    ['https://169.254.169.254./', [LITERAL]],
    ['https://１６９.254.169.254/', [LITERAL]],
    ['https://[::1]/', [LITERAL]],
    ['https://[::ffff:169.254.169.254]/', [LITERAL]],
    ['https://[2606:4700::1111]/', [LITERAL]],
    ['https://localhost/', [INNER]],
    ['https://localhost./', [INNER]],
    ['https://metadata/', [INNER]],
    ['https://a.localhost/', [INNER]],
    ['https://metadata.google.internal/', [INNER]],
    ['https://METADATA.google.INTERNAL./', [INNER]],
    ['https://printer.local/', [INNER]],
    ['https://nas.home.arpa/', [INNER]],
    ['https://nas.lan/', [INNER]],
    ['https://a..example/', [INVALID_NAME]],
    ['https://.shop.example/', [INVALID_NAME]],
    ['https://-a.example/', [INVALID_NAME]],
    [`https://${'a'.repeat(64)}.example/`, [INVALID_NAME]],
    [`https://${'a.'.repeat(125)}example/`, [INVALID_NAME]],
    ['https://hooks.shop.example/hooks/shop', [OWN_HOST]],
    ['https://HOOKS.Shop.example/', [OWN_HOST]],
    ['https://hooks.shop.example./', [OWN_HOST]],
    ['https://hooks.shop.example../', [OWN_HOST]],
    ['https://hooks.shop.example:8443/', [OWN_HOST]],
    ['https://hooks%2eshop.example/', [OWN_HOST]],
    ['https://ｈooks.shop.example/', [OWN_HOST]],
    ['https://hooks。shop.example/', [OWN_HOST]],
    ['https://MÜLLER.example/', [OWN_HOST]],
    ['https://postern-console.shop.workers.dev/', [OWN_HOST]],
    ['https://1a2b3c4d-postern-console.shop.workers.dev/', [OWN_HOST]],
    // All at once.
    ['http://user@hooks.shop.example:81/#x', ['Must not hold a user name or a password.', 'Must not hold a fragment.', OWN_HOST, NOT_HTTPS]],
    ['https://10.0.0.1:81/', ['Must use port 443 or 8443.', LITERAL]],
  ])('%j has problems', (url, expected) => expect(problemsOf(url)).toEqual(expected)) // prettier-ignore

  it.each([
    'http://localhost:3000/email-events',
    'http://127.0.0.1:3000/',
    'https://[::1]:3000/',
    'http://10.0.0.1/',
    'http://receiver:8080/',
    'https://app.shop.example/',
  ])('%s has no problem under npm start', (url) => expect(destinationUrlProblems(url, LOCAL)).toEqual([]))

  it.each<[string, string]>([
    ['http://127.0.0.1:8787/hooks/shop', OWN_HOST],
    ['http://localhost:8787/', OWN_HOST],
    ['http://localhost.:8787/', OWN_HOST],
    ['http://[::1]:8787/', OWN_HOST],
    ['http://2130706433:8787/', OWN_HOST],
    ['http://user@localhost:3000/', 'Must not hold a user name or a password.'],
    ['http://localhost:3000/#x', 'Must not hold a fragment.'],
    ['ftp://localhost/', 'Must be an http or https URL.'],
  ])('%s has a problem also under npm start', (url, problem) =>
    expect(destinationUrlProblems(url, LOCAL)).toEqual([problem]),
  )

  it('takes the port of a scheme for the port of an own host', () => {
    const rules = { allowPrivate: true, ownHosts: ['localhost:80', 'not a host/'] }
    expect(destinationUrlProblems('http://localhost/', rules)).toEqual([OWN_HOST])
    expect(destinationUrlProblems('https://localhost/', rules)).toEqual([])
  })

  it('never throws, and its problems repeat nothing', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.domain().map((name) => `https://u:p@${name}#f`),
        ),
        (text) => {
          for (const problem of problemsOf(text)) expect(problem).toMatch(/^Must [^\n]*\.$/)
        },
      ),
      { numRuns: 2_000 },
    ))
})

describe('the host of a destination', () => {
  it.each([
    ['https://App.Shop.example./x', 'app.shop.example'],
    ['https://müller.example:8443/', 'xn--mller-kva.example'],
    ['http://[::1]:3000/', '::1'],
    ['http://127.1/', '127.0.0.1'],
  ])('of %s is %s', (url, host) => expect(hostOf(url)).toBe(host))
})
