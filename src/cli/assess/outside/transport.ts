/** Transport to both Workers: no delivery over plain HTTP, no old TLS, no certificate that ends soon. */
import { connect } from 'node:tls'
import { isLoopback } from '../../../simulator/post.ts'
import { DAY_MS } from '../../../platform/time.ts'
import { Stop } from '../../stop.ts'
import type { Probe, Weakness } from '../probe.ts'
import type { World } from '../world.ts'

const CERTIFICATE_DAYS = 14
const TIMEOUT_MS = 10_000

export const transport: Probe = {
  id: 'transport',
  title: 'Deliveries and the console need TLS 1.2 or newer.',
  severity: 'medium',
  remedy:
    'In Cloudflare, under SSL/TLS, Edge Certificates: switch on Always Use HTTPS, and set the minimum TLS version to 1.2.',
  needs: 'nothing',
  async *run(world) {
    const bases = [world.gateway, ...(world.console === undefined ? [] : [world.console])]
    const outside = bases.filter((base) => !isLoopback(base))
    if (outside.length === 0)
      throw new Stop('no', 'not_applicable', 'It is this machine, which nothing lies between.')
    for (const base of outside) yield* examine(world, base)
  },
}

const OLD = ['TLSv1', 'TLSv1.1'] as const

/** @param plain URL under which the host would answer without TLS */
export async function* examine(
  { send, turn, nowMs }: Pick<World, 'send' | 'turn' | 'nowMs'>,
  base: URL,
  plain = new URL(`http://${base.hostname}`),
): AsyncGenerator<Weakness> {
  const { host } = base
  const { status, headers } = await send(plain, { method: 'POST', path: '/hooks/assess-nothing' })
  const leads = headers.get('location')?.[0]?.startsWith('https://') === true
  if (![0, 403, 426].includes(status) && !(status >= 300 && status < 400 && leads))
    yield { subject: `http of ${host}`, evidence: `${host} answers ${status} to a delivery over plain HTTP.` }

  for (const version of OLD) {
    await turn()
    // This level of OpenSSL lets us offer what is old.
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
    if ((await handshake(base, old)) !== undefined)
      yield { subject: `${version} of ${host}`, severity: 'low', evidence: `${host} speaks ${version}.` }
  }

  await turn()
  const until = await handshake(base, {})
  const days = Math.floor(((until ?? Infinity) - nowMs()) / DAY_MS)
  if (days < CERTIFICATE_DAYS)
    yield {
      subject: `certificate of ${host}`,
      evidence: `The certificate of ${host} ends in ${days} days.`,
    }
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
