/**
 * Fakes of the verification services, made from what their pages say (read on 2026-11-26): each word that a service documents, with what it must
 * mean here. No page prints a whole answer of all of them, so the fields beside these are left out.
 */
import type { Failure } from '../../src/addresses/services/service.ts'
import type { Flags, Reason, Verdict } from '../../src/addresses/verdict.ts'

export interface FakeAnswer {
  readonly status?: number
  readonly body: unknown
  /** A failure, or the verdict with its first reasons. */
  readonly means: Failure | readonly [Verdict, ...Reason[]]
  readonly flags?: Partial<Flags>
  readonly suggestion?: string
}

/** By the local part of the address that is asked for. */
export type FakeService = Readonly<Record<string, FakeAnswer>>

const zerobounce: FakeService = {
  valid: { body: { status: 'valid', sub_status: '', free_email: false }, means: ['deliverable', 'other'] },
  accept_all: {
    body: { status: 'valid', sub_status: 'accept_all' },
    means: ['risky', 'catch_all'],
    flags: { catch_all: true },
  },
  mailbox_not_found: {
    body: { status: 'invalid', sub_status: 'mailbox_not_found' },
    means: ['undeliverable', 'mailbox_not_found'],
  },
  quota: {
    body: { status: 'invalid', sub_status: 'mailbox_quota_exceeded' },
    means: ['undeliverable', 'mailbox_full'],
  },
  catch_all: { body: { status: 'catch-all' }, means: ['risky', 'catch_all'], flags: { catch_all: true } },
  spamtrap: { body: { status: 'spamtrap' }, means: ['risky', 'spamtrap'] },
  abuse: { body: { status: 'abuse' }, means: ['risky', 'complainer'] },
  role_based: {
    body: { status: 'do_not_mail', sub_status: 'role_based' },
    means: ['risky', 'role'],
    flags: { role: true },
  },
  disposable: {
    body: { status: 'do_not_mail', sub_status: 'disposable' },
    means: ['risky', 'disposable'],
    flags: { disposable: true },
  },
  suppressed: {
    body: { status: 'do_not_mail', sub_status: 'global_suppression' },
    means: ['risky', 'suppressed'],
  },
  greylisted: { body: { status: 'unknown', sub_status: 'greylisted' }, means: ['unknown', 'greylisted'] },
  typo: {
    body: { status: 'invalid', sub_status: 'possible_typo', did_you_mean: 'typo@gmail.com' },
    means: ['undeliverable', 'typo'],
    suggestion: 'typo@gmail.com',
  },
  new_sub_status: {
    body: { status: 'valid', sub_status: 'ai_agent_mailbox' },
    means: ['deliverable', 'other'],
  },
  unknown_word: { body: { status: 'quantum' }, means: ['unknown', 'other'] },
  wrong_key: { body: { error: 'not to be shown' }, means: 'key_refused' },
  shield: { status: 403, body: {}, means: 'slow_down' },
  cloudflare: { status: 524, body: {}, means: 'later' },
}

const kickboxLike = (word: string): FakeService => {
  const said = (verdict: string, reason: string, more: object = {}) => ({
    [word]: verdict,
    reason,
    success: true,
    role: false,
    free: false,
    disposable: false,
    accept_all: false,
    did_you_mean: null,
    ...more,
  })
  return {
    deliverable: {
      body: said('deliverable', 'accepted_email'),
      means: ['deliverable', 'accepted'],
      flags: { role: false, free: false, disposable: false, catch_all: false },
    },
    'rejected-email': {
      body: said('undeliverable', 'rejected_email'),
      means: ['undeliverable', 'mailbox_not_found'],
    },
    'accept-all': {
      body: said('risky', 'low_deliverability', { accept_all: true }),
      means: ['risky', 'low_quality'],
      flags: { catch_all: true },
    },
    timeout: { body: said('unknown', 'timeout'), means: ['unknown', 'timeout'] },
    'did-you-mean': {
      body: said('undeliverable', 'invalid_domain', { did_you_mean: 'did-you-mean@gmail.com' }),
      means: ['undeliverable', 'no_domain'],
      suggestion: 'did-you-mean@gmail.com',
    },
    unknown_reason: { body: said('risky', 'phase_of_the_moon'), means: ['risky', 'other'] },
    unknown_word: { body: said('splendid', ''), means: ['unknown', 'other'] },
    wrong_key: { status: 401, body: { message: 'no' }, means: 'key_refused' },
    throttled: { status: 429, body: {}, means: 'slow_down' },
    broken: { status: 500, body: {}, means: 'later' },
  }
}

const kickbox: FakeService = {
  ...kickboxLike('result'),
  'insufficient-balance': { status: 403, body: { message: 'Insufficient balance' }, means: 'no_credit' },
  forbidden: { status: 403, body: { message: 'Invalid API key' }, means: 'key_refused' },
}

const emailable: FakeService = {
  ...kickboxLike('state'),
  not_done: { status: 249, body: { message: 'still at work' }, means: 'not_done' },
  no_credit: { status: 402, body: {}, means: 'no_credit' },
  late: { status: 503, body: {}, means: 'later' },
}

const neverbounce: FakeService = {
  valid: {
    body: { status: 'success', result: 'valid', flags: ['has_dns', 'has_dns_mx', 'smtp_connectable'] },
    means: ['deliverable', 'accepted'],
    flags: { role: false, free: false, disposable: false, catch_all: false },
  },
  accepts_all: {
    body: { status: 'success', result: 'valid', flags: ['accepts_all', 'role_account'] },
    means: ['risky', 'catch_all'],
    flags: { catch_all: true, role: true },
  },
  invalid: { body: { status: 'success', result: 'invalid', flags: [] }, means: ['undeliverable', 'other'] },
  disposable: {
    body: { status: 'success', result: 'disposable', flags: ['disposable_email'] },
    means: ['risky', 'disposable'],
    flags: { disposable: true },
  },
  catchall: {
    body: { status: 'success', result: 'catchall', flags: [] },
    means: ['risky', 'catch_all'],
    flags: { catch_all: true },
  },
  unknown: {
    body: { status: 'success', result: 'unknown', flags: ['connect_fails'] },
    means: ['unknown', 'unreachable'],
  },
  correction: {
    body: {
      status: 'success',
      result: 'invalid',
      flags: ['spelling_mistake'],
      suggested_correction: 'correction@gmail.com',
    },
    means: ['undeliverable', 'typo'],
    suggestion: 'correction@gmail.com',
  },
  unknown_word: { body: { status: 'success', result: 'quantum', flags: [] }, means: ['unknown', 'other'] },
  wrong_key: { body: { status: 'auth_failure', message: 'no' }, means: 'key_refused' },
  throttled: { body: { status: 'throttle_triggered' }, means: 'slow_down' },
  unavailable: { body: { status: 'temp_unavail' }, means: 'later' },
  failure: { body: { status: 'general_failure' }, means: 'unreadable' },
}

const mailgun: FakeService = {
  deliverable: {
    body: {
      result: 'deliverable',
      risk: 'low',
      reason: [],
      is_disposable_address: false,
      is_role_address: false,
    },
    means: ['deliverable', 'other'],
    flags: { disposable: false, role: false },
  },
  high_risk: {
    body: { result: 'deliverable', risk: 'high', reason: ['high_risk_domain'] },
    means: ['risky', 'low_quality'],
  },
  no_mx: {
    body: { result: 'undeliverable', risk: 'high', reason: ['No MX host found'] },
    means: ['undeliverable', 'no_mail_server'],
  },
  gone: {
    body: { result: 'undeliverable', risk: 'high', reason: ['mailbox_does_not_exist'] },
    means: ['undeliverable', 'mailbox_not_found'],
  },
  do_not_send: {
    body: {
      result: 'do_not_send',
      risk: 'high',
      reason: ['mailbox_is_disposable_address'],
      is_disposable_address: true,
    },
    means: ['risky', 'disposable'],
    flags: { disposable: true },
  },
  catch_all: {
    body: { result: 'catch_all', reason: [] },
    means: ['risky', 'catch_all'],
    flags: { catch_all: true },
  },
  unknown: { body: { result: 'unknown', risk: 'unknown', reason: ['no_data'] }, means: ['unknown', 'other'] },
  wrong_key: { status: 401, body: {}, means: 'key_refused' },
  throttled: { status: 429, body: {}, means: 'slow_down' },
}

const checks = (more: object = {}) => ({
  domain: {
    has_valid_address_syntax: true,
    has_mx_or_a_record: true,
    is_suspected_disposable_address: false,
  },
  local_part: { is_suspected_role_address: false },
  additional: { has_known_bounces: false, has_suspected_bounces: false },
  ...more,
})

const sendgrid: FakeService = {
  valid: {
    body: { result: { verdict: 'Valid', score: 0.9, local: 'valid', checks: checks() } },
    means: ['deliverable', 'other'],
    flags: { disposable: false, role: false },
  },
  risky: {
    body: { result: { verdict: 'Risky', checks: checks({ additional: { has_suspected_bounces: true } }) } },
    means: ['risky', 'suspected_bounce'],
  },
  invalid: {
    body: { result: { verdict: 'Invalid', checks: checks({ additional: { has_known_bounces: true } }) } },
    means: ['undeliverable', 'known_bounce'],
  },
  suggestion: {
    body: { result: { verdict: 'Invalid', local: 'suggestion', suggestion: 'gmail.com', checks: checks() } },
    means: ['undeliverable', 'other'],
    suggestion: 'suggestion@gmail.com',
  },
  no_plan: { status: 403, body: { errors: [{ message: 'no' }] }, means: 'key_refused' },
  throttled: { status: 429, body: {}, means: 'slow_down' },
  broken: { status: 500, body: { errors: [] }, means: 'later' },
}

const hunter: FakeService = {
  valid: { body: { data: { status: 'valid' } }, means: ['deliverable', 'accepted'] },
  invalid: { body: { data: { status: 'invalid' } }, means: ['undeliverable', 'other'] },
  accept_all: {
    body: { data: { status: 'accept_all' } },
    means: ['risky', 'catch_all'],
    flags: { catch_all: true },
  },
  webmail: {
    body: { data: { status: 'webmail' } },
    means: ['unknown', 'not_probed'],
    flags: { free: true },
  },
  disposable: {
    body: { data: { status: 'disposable' } },
    means: ['risky', 'disposable'],
    flags: { disposable: true },
  },
  unknown: { body: { data: { status: 'unknown' } }, means: ['unknown', 'other'] },
  not_done: { status: 202, body: {}, means: 'not_done' },
  odd: { status: 222, body: {}, means: ['unknown', 'other'] },
  slow_down: { status: 403, body: { errors: [] }, means: 'slow_down' },
  no_credit: { status: 429, body: { errors: [] }, means: 'no_credit' },
  forgotten: { status: 451, body: { errors: [] }, means: ['unknown', 'legal_block'] },
  wrong_key: { status: 401, body: { errors: [] }, means: 'key_refused' },
}

export const FAKES: Readonly<Record<string, FakeService>> = {
  zerobounce,
  kickbox,
  emailable,
  neverbounce,
  mailgun,
  sendgrid,
  hunter,
}
