/** All simulated ESPs, by provider name. */
import type { Sender } from '../sender.ts'
import * as all from './all.ts'

export const SENDERS: readonly Sender[] = Object.values(all)

const byProvider: ReadonlyMap<string, Sender> = new Map(SENDERS.map((sender) => [sender.provider, sender]))

export const senderNamed = (provider: string): Sender | undefined => byProvider.get(provider)
