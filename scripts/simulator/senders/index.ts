/** The only list of simulated ESPs, by the provider's name. A new one is a file and a row here. */
import type { Sender } from '../sender.ts'
import { mailjet } from './mailjet.ts'
import { sendgrid } from './sendgrid.ts'
import { smtp2go } from './smtp2go.ts'
import { sparkpost } from './sparkpost.ts'

export const SENDERS: readonly Sender[] = [mailjet, sendgrid, smtp2go, sparkpost]

const byProvider: ReadonlyMap<string, Sender> = new Map(SENDERS.map((sender) => [sender.provider, sender]))

export const senderNamed = (provider: string): Sender | undefined => byProvider.get(provider)
