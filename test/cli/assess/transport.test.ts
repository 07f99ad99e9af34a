/** The probe of the transport, against servers with a certificate of their own. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type Server, createServer as createPlain } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { exchange } from '../../../src/cli/assess/http.ts'
import { examine } from '../../../src/cli/assess/outside/transport.ts'

const servers: Pick<Server, 'close' | 'closeAllConnections'>[] = []
afterEach(() => {
  for (const one of servers.splice(0)) {
    one.closeAllConnections()
    one.close()
  }
})

const listening = async (server: Server): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function certificate(days: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-assess-'))
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
  const what = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=localhost',
  ]
  execFileSync('openssl', ['req', '-x509', ...what, '-days', String(days), '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  const pair = { key: readFileSync(key), cert: readFileSync(cert) }
  rmSync(folder, { recursive: true })
  return pair
}

interface Host {
  readonly days: number
  readonly minVersion: 'TLSv1' | 'TLSv1.2'
  /** Answer over plain HTTP: its status, and where it leads. */
  readonly plain: readonly [status: number, location?: string]
}

const GOOD: Host = { days: 90, minVersion: 'TLSv1.2', plain: [301, 'https://hooks.example.com/'] }

async function found({ days, minVersion, plain: [status, location] }: Host) {
  const tls = createServer(
    { ...certificate(days), minVersion, ciphers: 'DEFAULT@SECLEVEL=0' },
    (_, response) => response.end(),
  )
  const plain = createPlain((_, response) =>
    response.writeHead(status, location === undefined ? {} : { location }).end(),
  )
  const base = new URL(`https://127.0.0.1:${await listening(tls)}`)
  const world = {
    nowMs: Date.now,
    turn: async () => undefined,
    send: (to: URL, outgoing = {}) => exchange(to, outgoing, new AbortController().signal),
  }
  const weaknesses = await examine(world, base, new URL(`http://127.0.0.1:${await listening(plain)}`))
  return weaknesses.map(({ evidence }) => evidence.replaceAll(base.host, 'HOST'))
}

describe('the probe of the transport', () => {
  it.each<readonly [string, Partial<Host>, readonly string[]]>([
    ['nothing at a host that redirects, with TLS 1.2', {}, []],
    ['nothing at a host that refuses plain HTTP', { plain: [403] }, []],
    ['deliveries over plain HTTP', { plain: [200] }, ['HOST answers 200 to a delivery over plain HTTP.']],
    [
      'a redirect to plain HTTP',
      { plain: [301, 'http://a.example'] },
      ['HOST answers 301 to a delivery over plain HTTP.'],
    ],
    ['old versions of TLS', { minVersion: 'TLSv1' }, ['HOST speaks TLSv1.', 'HOST speaks TLSv1.1.']],
    ['a certificate that ends soon', { days: 3 }, ['The certificate of HOST ends in 2 days.']],
  ])('finds %s', async (_what, change, evidence) =>
    expect(await found({ ...GOOD, ...change })).toEqual(evidence),
  )
})
