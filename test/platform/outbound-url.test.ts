import { describe, expect, it } from 'vitest'
import { outboundUrlProblem } from '../../src/platform/outbound-url.ts'

describe('a configured outbound URL', () => {
  it.each([
    'https://issuer.example/.well-known/jwks.json',
    'https://issuer.example:8443/introspect?tenant=1',
    'https://ISSUER.example/',
    'https://93.184.216.34/jwks',
    'https://[2606:2800:220:1::1]/jwks',
    'https://internal.example/',
    'http://localhost:3000/jwks',
    'http://127.0.0.1:3000/jwks',
    'http://[::1]:3000/jwks',
    'https://localhost/',
  ])('is taken: %s', (url) => {
    expect(outboundUrlProblem(url)).toBeUndefined()
  })

  it.each([
    '', 'jwks.json', '/jwks.json', '//issuer.example/', ' https://issuer.example/', 'https://issuer.example/\n',
    'http://issuer.example/', 'ftp://issuer.example/', 'file:///etc/passwd', 'data:text/plain,x', 'javascript:1',
    'https://user@issuer.example/', 'https://user:password@issuer.example/', 'https://:p@issuer.example/',
    'https://issuer.example/#x', `https://issuer.example/${'x'.repeat(2_048)}`,
    'https://10.0.0.1/', 'https://172.16.0.1/', 'https://172.31.255.255/', 'https://192.168.1.1/', 'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/', 'http://169.254.169.254/', 'https://100.100.100.200/', 'https://192.0.0.192/',
    'https://0.0.0.0/', 'https://127.0.0.2/', 'http://127.0.0.2/', 'https://255.255.255.255/', 'https://224.0.0.1/',
    // Other spellings of 169.254.169.254 and 127.0.0.2.
    'https://2852039166/', 'https://0xa9fea9fe/', 'https://0251.0376.0251.0376/', 'https://169.254.43518/', 'https://127.2/',
    'https://169.254.169.254./', 'https://１６９.254.169.254/',
    'https://[::]/', 'https://[fd00:ec2::254]/', 'https://[fe80::1]/', 'https://[ff02::1]/', 'https://[::ffff:169.254.169.254]/',
    'https://[::ffff:a9fe:a9fe]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://[2002:a9fe:a9fe::]/', 'https://[::a9fe:a9fe]/',
    'https://metadata.google.internal/', 'https://METADATA.google.INTERNAL./', 'https://printer.local/', 'https://metadata/',
    'https://a.localhost/', 'https://localhost.localdomain/', 'https://nas.home.arpa/', 'http://localhost.example/',
    'http://localhost@issuer.example/', 'http://127.0.0.1.nip.example/',
  ])('is refused in one sentence that does not repeat it: %s', (url) => {
    const problem = outboundUrlProblem(url)
    expect(problem).toMatch(/^[A-Z][^\n]*\.$/)
    if (url !== '') expect(problem).not.toContain(url)
  }) // prettier-ignore
})
