import { type Failure, type Service, form, judgedByWords, textIn } from './service.ts'

const FAULTS: Readonly<Record<string, Failure>> = {
  auth_failure: 'key_refused',
  bad_referrer: 'key_refused',
  temp_unavail: 'later',
  throttle_triggered: 'slow_down',
}

/**
 * NeverBounce v4.2 (developers.neverbounce.com, read on 2026-11-26). All its answers are 200: `status` says whether the call succeeded. The key
 * goes in the body. Each call costs a credit, also the second one for the same address.
 */
export const neverbounce: Service = {
  name: 'neverbounce',
  label: 'NeverBounce',
  hosts: { us: 'api.neverbounce.com' },
  request: (host, key, address) => ({
    url: `https://${host}/v4.2/single/check`,
    method: 'POST',
    ...form({ key, email: address }),
  }),
  read(json) {
    const status = textIn(json, 'status')
    if (status !== 'success') return FAULTS[status] ?? 'unreadable'
    const list = json['flags']
    const flags = Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
    const isCatchAll = flags.includes('accepts_all')
    const result = textIn(json, 'result')
    return judgedByWords(
      result === 'valid' && isCatchAll ? 'catchall' : result,
      {
        valid: ['deliverable', 'accepted'],
        invalid: ['undeliverable'],
        disposable: ['risky', 'disposable'],
        catchall: ['risky', 'catch_all'],
        unknown: ['unknown'],
      },
      {
        detail: flags,
        reasons: {
          bad_syntax: 'syntax',
          bad_dns: 'no_domain',
          temporary_dns_error: 'unreachable',
          connect_fails: 'unreachable',
          spamtrap_network: 'spamtrap',
          spelling_mistake: 'typo',
          disposable_email: 'disposable',
        },
        flags: {
          disposable: result === 'disposable' || flags.includes('disposable_email'),
          role: flags.includes('role_account'),
          free: flags.includes('free_email_host'),
          catch_all: isCatchAll || result === 'catchall',
        },
        suggestion: textIn(json, 'suggested_correction'),
      },
    )
  },
}
