import { toBase64, utf8 } from '../../platform/bytes.ts'
import { type Service, flagIn, form, judgedByWords, textIn } from './service.ts'

/**
 * Mailgun Validate v4 (documentation.mailgun.com, read on 2026-11-26). Some of its reasons are words and some are sentences, so only those are
 * read that its page lists. Whether 402 or 403 says that a plan lacks it is not documented: both stop the service.
 */
export const mailgun: Service = {
  name: 'mailgun',
  label: 'Mailgun Validate',
  hosts: { us: 'api.mailgun.net', eu: 'api.eu.mailgun.net' },
  request(host, key, address) {
    const { headers, body } = form({ address })
    const authorization = `Basic ${toBase64(utf8(`api:${key}`))}`
    return {
      url: `https://${host}/v4/address/validate`,
      method: 'POST',
      headers: { ...headers, authorization },
      body,
    }
  },
  read(json) {
    const result = textIn(json, 'result')
    const list = json['reason']
    const reasons = Array.isArray(list) ? list.filter((one) => typeof one === 'string') : []
    const isCatchAll =
      result === 'catch_all' || reasons.some((one) => one === 'catch_all' || one === 'accept_all')
    return judgedByWords(
      result === 'deliverable' && textIn(json, 'risk') === 'high' ? 'risky' : result,
      {
        deliverable: ['deliverable'],
        undeliverable: ['undeliverable'],
        do_not_send: ['risky'],
        catch_all: ['risky', 'catch_all'],
        risky: ['risky'],
        unknown: ['unknown'],
      },
      {
        detail: reasons,
        reasons: {
          no_mx: 'no_mail_server',
          'No MX host found': 'no_mail_server',
          high_risk_domain: 'low_quality',
          immature_domain: 'new_domain',
          tld_risk: 'low_quality',
          mailbox_does_not_exist: 'mailbox_not_found',
          mailbox_is_disposable_address: 'disposable',
          long_term_disposable: 'disposable',
          mailbox_is_role_address: 'role',
          catch_all: 'catch_all',
          accept_all: 'catch_all',
        },
        flags: {
          disposable: reasons.includes('long_term_disposable') ? true : flagIn(json, 'is_disposable_address'),
          role: flagIn(json, 'is_role_address'),
          catch_all: isCatchAll ? true : null,
        },
        suggestion: textIn(json, 'did_you_mean'),
      },
    )
  },
}
