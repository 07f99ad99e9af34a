import { describe, expect, it } from 'vitest'
import { mutualTls } from '../../../src/gateway/authenticate/mutual-tls.ts'
import type {
  ClientCertificate,
  MutualTlsCredentials,
} from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { contextWith } from './making.ts'

const OURS = 'ab'.repeat(32)
const NEXT = 'cd'.repeat(32)
const credentials: MutualTlsCredentials = {
  scheme: 'mutual-tls',
  slots: ['pin'],
  identity: [],
  coversBody: false,
}
const pinned = (...fingerprints: string[]): Secret[] =>
  fingerprints.map((fingerprint) => ({ kind: 'certificate-sha256', fingerprint }))

const VALID: ClientCertificate = { verified: 'SUCCESS', revoked: false, sha256: OURS }

async function judge(certificate: ClientCertificate | null, secrets = pinned(OURS)) {
  const context = contextWith(secrets)
  const outcome = await mutualTls.verify(credentials, {
    ...context,
    client: { ...context.client, certificate },
  })
  return outcome.ok ? 'passed' : outcome.refusal
}

describe('mutual TLS', () => {
  it.each<[string, ClientCertificate, Secret[]]>([
    ['verified and pinned', VALID, pinned(OURS)],
    ['with a fingerprint in upper case', { ...VALID, sha256: OURS.toUpperCase() }, pinned(OURS)],
    ['the old one during a change', VALID, pinned(NEXT, OURS)],
    ['the new one during a change', { ...VALID, sha256: NEXT }, pinned(OURS, NEXT)],
  ])('passes a certificate %s', async (_what, certificate, secrets) => {
    expect(await judge(certificate, secrets)).toBe('passed')
  })

  it.each<[string, ClientCertificate | null, object]>([
    ['none', null, { code: 'proof_missing' }],
    ['a revoked one', { ...VALID, revoked: true }, { problem: 'revoked' }],
    ['one that is not verified', { ...VALID, verified: 'NONE' }, { problem: 'unverified' }],
    ['a failed one', { ...VALID, verified: 'FAILED:unable to verify' }, { problem: 'unverified' }],
    ['one whose result is empty', { ...VALID, verified: '' }, { problem: 'unverified' }],
    ['another one', { ...VALID, sha256: NEXT }, { problem: 'not_pinned' }],
    ['one without a fingerprint', { ...VALID, sha256: '' }, { problem: 'not_pinned' }],
    ['a fingerprint cut short', { ...VALID, sha256: OURS.slice(0, 40) }, { problem: 'not_pinned' }],
  ])('refuses %s', async (_what, certificate, refusal) => {
    expect(await judge(certificate)).toMatchObject(refusal)
  })

  it('refuses every certificate while none is pinned', async () => {
    expect(await judge(VALID, [])).toEqual({ code: 'secret_missing' })
    expect(await judge({ ...VALID, sha256: '' }, [{ kind: 'text', text: 'some-other-secret' }])).toEqual({
      code: 'secret_missing',
    })
  })
})
