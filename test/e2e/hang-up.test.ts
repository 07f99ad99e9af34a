/**
 * Senders that disconnect while the gateway handles their requests. Others may wait for work that a request has started, so the
 * runtime must not cancel it with the connection.
 */
import { connect } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Received, jsonOf } from '../../src/simulator/http.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { ROOT } from '../../scripts/workers.ts'
import { SLOW_MS } from './entries/slow.ts'
import { simulated, nowSeconds, withInstallation } from './postern.ts'

const postern = withInstallation({ entries: { gateway: `${ROOT}test/e2e/entries/slow-gateway.ts` } })

/** Long enough for the request to reach an object, and shorter than the object's answer takes. */
const HANG_UP_AFTER_MS = 100

/** Sends a request and resets the connection before the answer. An orderly close would not be seen as a disconnect. */
async function sendAndHangUp(
  source: string,
  { method, headers, body }: OutgoingRequest,
  afterMs = HANG_UP_AFTER_MS,
): Promise<void> {
  const { port, host } = postern.runtime.url('gateway')
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  const head = [
    `${method} /hooks/${source} HTTP/1.1`,
    `host: ${host}`,
    ...Object.entries({ ...headers, 'content-length': body.byteLength }).map((pair) => pair.join(': ')),
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  socket.write(body)
  await sleep(afterMs)
  socket.resetAndDestroy()
}

const HUNG = 'no answer'
const patiently = (answer: Promise<Received>) => Promise.race([answer, sleep(5_000, HUNG)])

describe('a sender that disconnects', () => {
  it('while its source is loaded does not block the source for others', async () => {
    const { name, account, deliver } = await postern.source('generic')
    const deliverOne = async () => deliver(await account.deliver([simulated()], nowSeconds()))
    await sendAndHangUp(name, await account.deliver([simulated()], nowSeconds()))
    expect(await patiently(deliverOne())).toMatchObject({ status: 200 })
    expect(await patiently(deliverOne())).toMatchObject({ status: 200 })
  })

  it('still has its delivery accepted, so that its retry is a duplicate and not a copy in flight', async () => {
    const { name, account, deliver } = await postern.source('generic', 'hung-up')
    // The source is cached from then on, so the next request has been read when its sender disconnects.
    await deliver(await account.deliver([simulated()], nowSeconds()))
    const request = await account.deliver([simulated()], nowSeconds())
    await sendAndHangUp(name, request)
    expect(await postern.settledAt(name, 2)).toHaveLength(2)
    const retried = await deliver(request)
    expect(retried.status).toBe(200)
    expect(jsonOf(retried)).toMatchObject({ accepted: 0, duplicates: 1 })
  })

  it('while its call is shared leaves no other request without an answer', async () => {
    const { name, account, deliver } = await postern.source('generic', 'shared')
    const signed = async () => account.deliver([simulated()], nowSeconds())
    const [known, first, second, third] = [await signed(), await signed(), await signed(), await signed()]
    await deliver(known)
    // The second waits for the first, and its call also carries the third when it disconnects.
    const answers = [deliver(first), sendAndHangUp(name, second, SLOW_MS + HANG_UP_AFTER_MS), deliver(third)]
    const [, , answer] = await Promise.all(answers)
    expect(answer).toMatchObject({ status: 200 })
    expect(await postern.settledAt(name, 4)).toHaveLength(4)
  })
})
