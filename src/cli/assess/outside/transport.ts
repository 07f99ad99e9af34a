/** Transport to both Workers: no delivery over plain HTTP, no old TLS, no certificate that ends soon. */
import { connect } from 'node:tls'
import { isLoopback } from '../../../simulator/post.ts'
import { Stop } from '../../stop.ts'
import type { Probe, Weakness } from '../probe.ts'
import type { World } from '../world.ts'

const DAY_MS = 86_400_000
const CERTIFICATE_DAYS = 14
const TIMEOUT_MS = 10_000

export const transport: Probe = {
  id: 'transport',
  title: 'Deliveries and the console need TLS 1.2 or newer.',
  severity: 'medium',
  remedy:
    'In Cloudflare, under SSL/TLS, Edge Certificates: switch on Always Use HTTPS, and set the minimum TLS version to 1.2.',
  needs: 'nothing',
  async run(world) {
    const bases = [world.gateway, ...(world.console === undefined ? [] : [world.console])]
    const outside = bases.filter((base) => !isLoopback(base))
    if (outside.length === 0)
      throw new Stop('no', 'not_applicable', 'It is this machine, which nothing lies between.')
    const found: Weakness[] = []
    for (const base of outside) found.push(...(await examine(world, base)))
    return found
  },
}

/** @param plain URL under which the host would answer without TLS */
export async function examine(
  world: Pick<World, 'send' | 'turn' | 'nowMs'>,
  base: URL,
  plain = new URL(`http://${base.hostname}`),
): Promise<Weakness[]> {
  return [
    ...(await withoutTls(world, base, plain)),
    ...(await withOldTls(world, base)),
    ...(await certificate(world, base)),
  ]
}

async function withoutTls(world: Pick<World, 'send'>, { host }: URL, plain: URL): Promise<Weakness[]> {
  const { status, headers } = await world.send(plain, { method: 'POST', path: '/hooks/assess-nothing' })
  const leads = headers.get('location')?.[0]?.startsWith('https://') === true
  if (status === 0 || status === 403 || status === 426 || (status >= 300 && status < 400 && leads)) return []
  return [
    { subject: `http of ${host}`, evidence: `${host} answers ${status} to a delivery over plain HTTP.` },
  ]
}

const OLD = ['TLSv1', 'TLSv1.1'] as const

async function withOldTls(world: Pick<World, 'turn'>, base: URL): Promise<Weakness[]> {
  const found: Weakness[] = []
  for (const version of OLD) {
    await world.turn()
    // This level of OpenSSL lets us offer what is old.
    const isSpoken = await handshake(base, {
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    if (isSpoken !== undefined)
      found.push({
        subject: `${version} of ${base.host}`,
        severity: 'low',
        evidence: `${base.host} speaks ${version}.`,
      })
  }
  return found
}

async function certificate(world: Pick<World, 'turn' | 'nowMs'>, base: URL): Promise<Weakness[]> {
  await world.turn()
  const until = await handshake(base, {})
  const days = Math.floor(((until ?? Infinity) - world.nowMs()) / DAY_MS)
  return days < CERTIFICATE_DAYS
    ? [
        {
          subject: `certificate of ${base.host}`,
          evidence: `The certificate of ${base.host} ends in ${days} days.`,
        },
      ]
    : []
}

/** When the certificate ends; undefined if the server does not agree. Whether it is trusted is not the question. */
function handshake(base: URL, options: object): Promise<number | undefined> {
  return new Promise((resolve) => {
    const { hostname, port } = base
    const socket = connect(
      {
        host: hostname,
        port: Number(port || 443),
        rejectUnauthorized: false,
        timeout: TIMEOUT_MS,
        ...(/^[\d.[\]:]+$/.test(hostname) ? {} : { servername: hostname }),
        ...options,
      },
      () => {
        resolve(Date.parse(socket.getPeerCertificate().valid_to))
        socket.destroy()
      },
    )
    for (const end of ['error', 'timeout', 'close'])
      socket.on(end, () => {
        resolve(undefined)
        socket.destroy()
      })
  })
}
