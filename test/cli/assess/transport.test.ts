/** The probe of the transport, against servers with a certificate of their own. */
import { generateKeyPairSync } from 'node:crypto'
import { type Server, createServer as createPlain } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { certificateFor } from '../../../src/simulator/certificate.ts'
import { examineTransport } from '../../../src/cli/assess/outside.ts'
import type { World } from '../../../src/cli/assess/probe.ts'
import { collected } from './world.ts'

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

function certificate() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const [notBefore, notAfter] = [new Date(Date.now() - 1_000), new Date(Date.now() + 90 * 86_400_000)]
  const cert = certificateFor({ commonName: 'localhost', publicKey, privateKey, notBefore, notAfter })
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }), cert }
}

interface Host {
  readonly minVersion: 'TLSv1' | 'TLSv1.2'
  /** Answer over plain HTTP: its status, and where it leads. */
  readonly plain: readonly [status: number, location?: string]
}

const GOOD: Host = { minVersion: 'TLSv1.2', plain: [301, 'https://hooks.example.com/'] }

async function found({ minVersion, plain: [status, location] }: Host) {
  const tls = createServer({ ...certificate(), minVersion, ciphers: 'DEFAULT@SECLEVEL=0' }, (_, response) =>
    response.end(),
  )
  const plain = createPlain((_, response) =>
    response.writeHead(status, location === undefined ? {} : { location }).end(),
  )
  const base = new URL(`https://127.0.0.1:${await listening(tls)}`)
  const world = {
    turn: async () => undefined,
    send: (async (to, path, { method = 'GET' } = {}) => {
      const answer = await fetch(new URL(path, to), { method, redirect: 'manual' })
      return { status: answer.status, headers: answer.headers, text: '' }
    }) satisfies World['send'],
  }
  const run = examineTransport(world, base, new URL(`http://127.0.0.1:${await listening(plain)}`))
  return (await collected(run)).map(({ evidence }) => evidence.replaceAll(base.host, 'HOST'))
}

describe('the probe of the transport', () => {
  it.each<readonly [string, Partial<Host>, readonly string[]]>([
    ['nothing at a host that redirects, with TLS 1.2', {}, []],
    ['nothing at a host that refuses plain HTTP', { plain: [403] }, []],
    ['deliveries over plain HTTP', { plain: [200] }, ['HOST answers 200 over plain HTTP.']],
    ['a redirect to plain HTTP', { plain: [301, 'http://a.example'] }, ['HOST answers 301 over plain HTTP.']],
    ['old versions of TLS', { minVersion: 'TLSv1' }, ['HOST speaks TLSv1.', 'HOST speaks TLSv1.1.']],
  ])('finds %s', async (_what, change, evidence) =>
    expect(await found({ ...GOOD, ...change })).toEqual(evidence),
  )
})
