/** The only list of simulated ESPs, by the provider's name. A new one is a file and a row here. */
import type { Sender } from '../sender.ts'
import { sendgrid } from './sendgrid.ts'

export const SENDERS: readonly Sender[] = [sendgrid]

const byProvider: ReadonlyMap<string, Sender> = new Map(SENDERS.map((sender) => [sender.provider, sender]))

export const senderNamed = (provider: string): Sender | undefined => byProvider.get(provider)
