import { readKickbox } from './kickbox.ts'
import { type Service, query } from './service.ts'

/**
 * Emailable v1 (emailable.com/docs/api, read on 2026-11-26). 249: it is still at work, and asking again within five minutes is free. Of its
 * reasons only `accepted_email` is sure to be as with Kickbox; a reason that is not known changes no verdict.
 */
export const emailable: Service = {
  name: 'emailable',
  label: 'Emailable',
  hosts: { us: 'api.emailable.com' },
  request: (host, key, address) => ({
    url: `https://${host}/v1/verify?${query({ email: address })}`,
    method: 'GET',
    headers: { accept: 'application/json', authorization: `Bearer ${key}` },
    body: '',
  }),
  statuses: { 249: 'not_done' },
  read: (json) => readKickbox(json, 'state'),
}
