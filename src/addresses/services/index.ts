/**
 * The only list of verification services. To add one, add a file and a row here. Bouncer, Abstract, MillionVerifier, Verifalia and DeBounce are
 * missing: on 2026-11-26 no page of theirs that we could read said how they answer.
 */
import { emailable } from './emailable.ts'
import { hunter } from './hunter.ts'
import { kickbox } from './kickbox.ts'
import { mailgun } from './mailgun.ts'
import { neverbounce } from './neverbounce.ts'
import { sendgrid } from './sendgrid.ts'
import type { Service } from './service.ts'
import { zerobounce } from './zerobounce.ts'

export const SERVICES: readonly Service[] = [
  emailable,
  hunter,
  kickbox,
  mailgun,
  neverbounce,
  sendgrid,
  zerobounce,
]

export const SERVICE_NAMES = SERVICES.map(({ name }) => name)

export const serviceNamed = (name: string | null): Service | undefined =>
  SERVICES.find((service) => service.name === name)
