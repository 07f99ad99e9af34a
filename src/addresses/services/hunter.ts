import { judgment } from '../verdict.ts'
import { type Service, judgedByWords, objectIn, query, textIn } from './service.ts'

/**
 * Hunter v2 (hunter.io/api-documentation/v2, read on 2026-11-26). 403 asks to slow down, and 429 says that the credit is used up. 202: not done
 * yet. 451: the person asked Hunter to forget them. `webmail` is no probe: the provider is one of many. Only `status` is read: of the other
 * fields the sources differ.
 */
export const hunter: Service = {
  name: 'hunter',
  label: 'Hunter',
  hosts: { us: 'api.hunter.io' },
  request: (host, key, address) => ({
    url: `https://${host}/v2/email-verifier?${query({ email: address })}`,
    method: 'GET',
    headers: { accept: 'application/json', 'x-api-key': key },
    body: '',
  }),
  statuses: {
    202: 'not_done',
    222: () => judgment('unknown', ['other']),
    403: 'slow_down',
    429: 'no_credit',
    451: () => judgment('unknown', ['legal_block']),
  },
  read(json) {
    const status = textIn(objectIn(json, 'data'), 'status')
    return judgedByWords(
      status,
      {
        valid: ['deliverable', 'accepted'],
        invalid: ['undeliverable'],
        accept_all: ['risky', 'catch_all'],
        disposable: ['risky', 'disposable'],
        webmail: ['unknown', 'not_probed'],
        unknown: ['unknown'],
      },
      {
        flags: {
          disposable: status === 'disposable' ? true : null,
          free: status === 'webmail' ? true : null,
          catch_all: status === 'accept_all' ? true : null,
        },
      },
    )
  },
}
