import { type Service, flagIn, judgedByWords, query, textIn } from './service.ts'

/**
 * ZeroBounce v2 (www.zerobounce.net/docs/email-validation-api-quickstart, read on 2026-11-26). The key can only stand in the query. 403 is its
 * shield against floods and not the key, of which the answer says `error` in place of `status`; so it does if there is no credit left.
 */
export const zerobounce: Service = {
  name: 'zerobounce',
  label: 'ZeroBounce',
  hosts: { us: 'api-us.zerobounce.net', eu: 'api-eu.zerobounce.net' },
  request: (host, key, address) => ({
    url: `https://${host}/v2/validate?${query({ api_key: key, email: address, ip_address: '' })}`,
    method: 'GET',
    headers: { accept: 'application/json' },
    body: '',
  }),
  statuses: { 403: 'slow_down' },
  read(json) {
    const status = textIn(json, 'status')
    if (status === '' && textIn(json, 'error') !== '') return 'key_refused'
    const detail = textIn(json, 'sub_status')
    const isCatchAll = status === 'catch-all' || /(?:accept|catch)_all$/.test(detail)
    return judgedByWords(
      status === 'valid' && isCatchAll ? 'catch-all' : status,
      {
        valid: ['deliverable'],
        invalid: ['undeliverable'],
        'catch-all': ['risky', 'catch_all'],
        spamtrap: ['risky', 'spamtrap'],
        abuse: ['risky', 'complainer'],
        do_not_mail: ['risky'],
        unknown: ['unknown'],
      },
      {
        detail: [detail],
        reasons: {
          accept_all: 'catch_all',
          role_based_accept_all: 'catch_all',
          does_not_accept_mail: 'no_mail_server',
          failed_syntax_check: 'syntax',
          possible_typo: 'typo',
          mailbox_not_found: 'mailbox_not_found',
          no_dns_entries: 'no_domain',
          mailbox_quota_exceeded: 'mailbox_full',
          unroutable_ip_address: 'no_mail_server',
          role_based: 'role',
          role_based_catch_all: 'role',
          disposable: 'disposable',
          mx_forward: 'forwarding',
          global_suppression: 'suppressed',
          possible_trap: 'spamtrap',
          toxic: 'toxic',
          antispam_system: 'blocked_probe',
          failed_smtp_connection: 'unreachable',
          forcible_disconnect: 'blocked_probe',
          greylisted: 'greylisted',
          mail_server_did_not_respond: 'timeout',
          mail_server_temporary_error: 'unreachable',
          timeout_exceeded: 'timeout',
        },
        flags: {
          disposable: detail === 'disposable' ? true : null,
          role: detail.startsWith('role_based') ? true : null,
          free: flagIn(json, 'free_email'),
          catch_all: isCatchAll ? true : null,
        },
        suggestion: textIn(json, 'did_you_mean'),
      },
    )
  },
}
