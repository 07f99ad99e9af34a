import type { JsonObject } from '../../platform/json.ts'
import type { Reason } from '../verdict.ts'
import { type Read, type Service, flagIn, judgedByWords, query, textIn } from './service.ts'

/**
 * Kickbox v2 (docs.kickbox.com, read on 2026-11-26). `success` is true also for an undeliverable address. A wrong key and an empty balance are
 * both 403: the message tells them apart.
 */
export const kickbox: Service = {
  name: 'kickbox',
  label: 'Kickbox',
  hosts: { us: 'api.kickbox.com', eu: 'api.eu.kickbox.com' },
  request: (host, key, address) => ({
    url: `https://${host}/v2/verify?${query({ email: address })}`,
    method: 'GET',
    headers: { accept: 'application/json', authorization: `Bearer ${key}` },
    body: '',
  }),
  statuses: { 403: (json) => (/balance/i.test(textIn(json, 'message')) ? 'no_credit' : 'key_refused') },
  read: (json) => readKickbox(json, 'result'),
}

const REASONS: Readonly<Record<string, Reason>> = {
  accepted_email: 'accepted',
  invalid_email: 'syntax',
  invalid_domain: 'no_domain',
  rejected_email: 'mailbox_not_found',
  low_quality: 'low_quality',
  low_deliverability: 'low_quality',
  no_connect: 'unreachable',
  timeout: 'timeout',
  invalid_smtp: 'unreachable',
  unavailable_smtp: 'unreachable',
}

/** An answer in Kickbox's words, which others took over. @param name of the field with the verdict */
export const readKickbox = (json: JsonObject, name: string): Read =>
  judgedByWords(
    textIn(json, name),
    {
      deliverable: ['deliverable'],
      undeliverable: ['undeliverable'],
      risky: ['risky'],
      unknown: ['unknown'],
    },
    {
      detail: [textIn(json, 'reason')],
      reasons: REASONS,
      flags: {
        disposable: flagIn(json, 'disposable'),
        role: flagIn(json, 'role'),
        free: flagIn(json, 'free'),
        catch_all: flagIn(json, 'accept_all'),
      },
      suggestion: textIn(json, 'did_you_mean'),
    },
  )
