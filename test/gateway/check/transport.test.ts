import { describe, expect, it } from 'vitest'
import { transport } from '../../../src/gateway/check/transport.ts'
import type { ClientFacts } from '../../../src/providers/shared/presented-credentials.ts'
import type { SourceConfig } from '../../../src/registry/sources/document.ts'
import { CLIENT, sourceWith } from './support.ts'

const http = { https: false, tlsVersion: null }

describe('check transport', () => {
  it.each<[string, Partial<SourceConfig>, Partial<ClientFacts>, string[]]>([
    ['TLS 1.3', {}, {}, []],
    ['TLS 1.2', {}, { tlsVersion: 'TLSv1.2' }, []],
    ['TLS 1.1', {}, { tlsVersion: 'TLSv1.1' }, ['tls_too_old']],
    ['TLS 1.0', {}, { tlsVersion: 'TLSv1' }, ['tls_too_old']],
    ['a version that nobody knows', {}, { tlsVersion: 'TLSv9' }, ['tls_too_old']],
    ['TLS 1.2 where 1.3 is asked for', { minimumTls: '1.3' }, { tlsVersion: 'TLSv1.2' }, ['tls_too_old']],
    ['TLS 1.3 where 1.3 is asked for', { minimumTls: '1.3' }, {}, []],
    ['HTTPS without a version', {}, { tlsVersion: null }, ['tls_unknown']],
    ['plain HTTP', {}, http, ['plain_http']],
    ['plain HTTP that names a version', {}, { https: false }, ['plain_http']],
    ['plain HTTP where TLS is not required', { requireTls: false }, http, []],
    ['old TLS where TLS is not required', { requireTls: false }, { tlsVersion: 'TLSv1' }, []],
  ])('of %s', (_what, settings, client, alerts) => {
    expect(transport({ ...CLIENT, ...client }, sourceWith(settings))).toEqual({
      passed: alerts.length === 0,
      alerts,
    })
  })
})
