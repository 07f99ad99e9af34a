import {
  COMMON_REASONS,
  COMMON_WORDS,
  type Service,
  flagIn,
  judgedByWords,
  query,
  textIn,
} from './service.ts'

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
  read: (json) =>
    judgedByWords(textIn(json, 'result'), COMMON_WORDS, {
      detail: [textIn(json, 'reason')],
      reasons: COMMON_REASONS,
      flags: {
        disposable: flagIn(json, 'disposable'),
        role: flagIn(json, 'role'),
        free: flagIn(json, 'free'),
        catch_all: flagIn(json, 'accept_all'),
      },
      suggestion: textIn(json, 'did_you_mean'),
    }),
}
