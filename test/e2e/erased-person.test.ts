/** Destinations learn that a person was erased, each with what it knows, and forget what they sent about the person. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { expect, it, onTestFinished } from 'vitest'
import type { Attempt } from '../../src/api/destinations.ts'
import { peopleRoutes } from '../../src/api/people.ts'
import { apiAt } from '../../src/cli/connection/api.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { WITH_DESTINATIONS, nowSeconds, simulated, until, withInstallation } from './postern.ts'

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
const ADA = 'ada@example.com'

const postern = withInstallation(WITH_DESTINATIONS)

interface Message {
  readonly type: string
  readonly data: { readonly id: string; readonly recipient: string | null }
}

/** An endpoint that quotes the recipient in its answers. */
async function endpoint() {
  const messages: Message[] = []
  const server = createServer((request, response) => {
    void request.toArray().then((parts: Buffer[]) => {
      const body = Buffer.concat(parts)
      const message = new Webhook(SECRET).verify(body, request.headers as Record<string, string>) as Message
      messages.push(message)
      response.end(`noted for ${message.data.recipient}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, messages }
}

const attemptsOf = async (name: string): Promise<Attempt[]> =>
  (jsonOf(await postern.console.get(`/api/destinations/${name}/attempts`)) as { attempts: Attempt[] })
    .attempts

it('a person who is erased is known to no destination, and each that wants it is told', async () => {
  const [full, pseudonym, silent] = [await endpoint(), await endpoint(), await endpoint()]
  const secrets = { signing_secret: SECRET }
  const settings = {
    full: { url: full.url, tells_erasures: true },
    pseudonym: { url: pseudonym.url, tells_erasures: true, personal: 'pseudonym' },
    silent: { url: silent.url },
  }
  for (const [name, document] of Object.entries(settings))
    await postern.console.put(`/api/destinations/${name}`, { ...document, secrets })
  const source = await postern.source('sendgrid')
  for (const [count, recipient] of [ADA, 'bob@example.com'].entries()) {
    await source.deliver(await source.account.deliver([simulated({ recipient })], nowSeconds()))
    await until(async () => [full, pseudonym, silent].every(({ messages }) => messages.length === count + 1))
  }
  await until(async () => (await attemptsOf('silent')).length === 2)

  const api = apiAt(new URL(postern.reach.POSTERN_URL), postern.reach.POSTERN_TOKEN)
  await until(async () => {
    const headers = { 'x-reason': 'request 4711' }
    return (
      (await api.call(peopleRoutes.erasePerson, { body: { address: ADA }, headers })).state === 'finished'
    )
  })
  await until(async () => [full, pseudonym].every(({ messages }) => messages.length === 3))

  for (const { messages } of [full, pseudonym]) {
    const [news] = messages.filter(({ type }) => type === 'person.erased')
    expect(news?.data.recipient).toBe(messages[0]?.data.recipient)
  }
  expect(full.messages[2]?.data.recipient).toBe(ADA)
  expect(pseudonym.messages[2]?.data.recipient).toMatch(/^person_[0-9a-f]{32}$/)
  expect(silent.messages).toHaveLength(2)
  for (const name of Object.keys(settings)) {
    const attempts = await attemptsOf(name)
    expect(JSON.stringify(attempts)).not.toContain(ADA)
    expect(attempts.filter(({ kind }) => kind === 'event')).toHaveLength(1)
  }
})
