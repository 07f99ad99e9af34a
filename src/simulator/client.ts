/** Clients that open and click: people, and machines before them. */
import { createHash } from 'node:crypto'
import { CLICKED_URL, type Random } from './mail.ts'
import type { Client, SimulatedEvent } from './sender.ts'

/** Of events that name none. */
const CLIENT: Client = { agent: 'Mozilla/5.0 (simulated)', ip: '192.0.2.7', isMachine: false }

export const clientOf = ({ client }: Pick<SimulatedEvent, 'client'>): Client => client ?? CLIENT

/** Everybody has an address of her own, of those for examples (RFC 3849). */
const personOf = (recipient: string): Client => {
  const [, a = '', b = ''] = /^(.{4})(.{4})/.exec(createHash('sha256').update(recipient).digest('hex')) ?? []
  return { ...CLIENT, ip: `2001:db8:1::${a}:${b}` }
}

/** Shares of the delivered messages that a privacy proxy opens, and that a scanner opens and clicks. */
const PROXY_SHARE = 0.25
const SCANNER_SHARE = 0.1

const PROXY: Client = { agent: 'Mozilla/5.0', ip: '203.0.113.10', isMachine: true }
const SCANNER: Client = { agent: 'Barracuda Sentinel (simulated)', ip: '203.0.113.20', isMachine: true }

/** The events of a message with whoever made them, and with those of machines among them. They do not wait for the person. */
export function withClients(
  life: readonly SimulatedEvent[],
  kinds: readonly string[],
  random: Random,
): SimulatedEvent[] {
  const byPeople = life.map((one) => ({ ...one, client: personOf(one.recipient) }))
  const delivered = life.find(({ kind }) => kind === 'email.delivered')
  if (delivered === undefined) return byPeople
  const machine = (kind: string, client: Client, afterSeconds: number): SimulatedEvent => ({
    ...delivered,
    kind,
    client,
    occurredAtSeconds: delivered.occurredAtSeconds + afterSeconds,
    ...(kind === 'email.clicked' ? { url: CLICKED_URL } : {}),
  })
  const byMachines = [
    ...(random() < PROXY_SHARE ? [machine('email.opened', PROXY, 3 + Math.floor(random() * 20))] : []),
    ...(random() < SCANNER_SHARE
      ? [machine('email.opened', SCANNER, 1), machine('email.clicked', SCANNER, 1)]
      : []),
  ]
  return [...byPeople, ...byMachines.filter(({ kind }) => kinds.includes(kind))].sort(
    (a, b) => a.occurredAtSeconds - b.occurredAtSeconds,
  )
}
