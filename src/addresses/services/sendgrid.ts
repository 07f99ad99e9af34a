import { type Service, flagIn, judgedByWords, objectIn, textIn } from './service.ts'

/**
 * Twilio SendGrid v3 (github.com/twilio/sendgrid-oai, tsg_email_validation_v3.yaml, read on 2026-11-26). It needs a key of its own, made for
 * validation alone, and a Pro or Premier plan: without that it answers 403. Its suggestion is a domain.
 */
export const sendgrid: Service = {
  name: 'sendgrid',
  label: 'Twilio SendGrid',
  hosts: { us: 'api.sendgrid.com' },
  request: (host, key, address) => ({
    url: `https://${host}/v3/validations/email`,
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({ email: address }),
  }),
  read(json) {
    const result = objectIn(json, 'result')
    const checks = objectIn(result, 'checks')
    const more = objectIn(checks, 'additional')
    const domain = objectIn(checks, 'domain')
    const [local, suggested] = [textIn(result, 'local'), textIn(result, 'suggestion')]
    const found = [
      flagIn(more, 'has_known_bounces') === true && 'has_known_bounces',
      flagIn(more, 'has_suspected_bounces') === true && 'has_suspected_bounces',
      flagIn(domain, 'has_valid_address_syntax') === false && 'no_valid_address_syntax',
      flagIn(domain, 'has_mx_or_a_record') === false && 'no_mx_or_a_record',
    ]
    return judgedByWords(
      textIn(result, 'verdict'),
      { Valid: ['deliverable'], Risky: ['risky'], Invalid: ['undeliverable'] },
      {
        detail: found.filter((one) => one !== false),
        reasons: {
          has_known_bounces: 'known_bounce',
          has_suspected_bounces: 'suspected_bounce',
          no_valid_address_syntax: 'syntax',
          no_mx_or_a_record: 'no_mail_server',
        },
        flags: {
          disposable: flagIn(domain, 'is_suspected_disposable_address'),
          role: flagIn(objectIn(checks, 'local_part'), 'is_suspected_role_address'),
        },
        suggestion: local === '' || suggested === '' ? '' : `${local}@${suggested}`,
      },
    )
  },
}
