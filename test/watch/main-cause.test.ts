/** The main cause of failures: what has a name, what it says and advises, and which waves are one. */
import { describe, expect, it } from 'vitest'
import { CAUSES, meaningOf } from '../../src/event/cause/causes.ts'
import {
  type Failure,
  type MainCause,
  adviceOfCause,
  mainCauseOf,
  mainCauseWords,
  waveOf,
} from '../../src/watch/main-cause.ts'

let person = 0
const failure = (change: Partial<Failure> = {}): Failure => ({
  cause: 'reputation',
  detail: null,
  campaign: 'spring',
  domain: 'outlook.com',
  person: `p${++person}`,
  ...change,
})

const times = (count: number, change: Partial<Failure> = {}): Failure[] =>
  Array.from({ length: count }, () => failure(change))

const OTHER: Partial<Failure> = { cause: 'no_mailbox', campaign: 'news', domain: 'her-own.example' }

describe('the main cause', () => {
  it.each<[string, readonly Failure[], object | null]>([
    ['nothing failed', [], null],
    ['too few failed', times(4), null],
    [
      'one cause',
      times(5),
      {
        events: 5,
        count: 5,
        cause: 'reputation',
        detail: null,
        campaign: { name: 'spring', count: 5 },
        mailboxProvider: { name: 'outlook', count: 5 },
        domain: null,
      },
    ],
    ['the usual bounces beside it', [...times(6), ...times(4, OTHER)], { events: 10, count: 6, cause: 'reputation' }],
    ['a part of two fifths', [...times(4), ...times(2, OTHER), ...times(2, { cause: 'content' }), ...times(2, { cause: null })], { count: 4, cause: 'reputation' }],
    ['a smaller part', [...times(3), ...times(2, OTHER), ...times(2, { cause: 'content' }), ...times(3, { cause: null })], { count: 10, cause: null, campaign: { name: 'spring', count: 8 } }],
    ['failures without a cause', times(9, { cause: null }), { count: 9, cause: null, detail: null }],
    ['a detail', times(9, { cause: 'authentication', detail: 'dmarc' }), { detail: 'dmarc' }],
    ['different details', [...times(3, { detail: 'a' }), ...times(3, { detail: 'b' }), ...times(3, { detail: 'c' })], { detail: null }],
    ['no campaign', times(9, { campaign: null }), { campaign: null }],
    ['a campaign that names somebody', times(9, { campaign: `masked:${'0'.repeat(32)}` }), { campaign: null }],
    ['a long campaign', times(9, { campaign: 'c'.repeat(999) }), { campaign: { name: 'c'.repeat(60), count: 9 } }],
    ['a domain of ten people', times(10, { domain: 'corp.example' }), { mailboxProvider: null, domain: { name: 'corp.example', count: 10 } }],
    ['a domain of nine people', times(9, { domain: 'corp.example' }), { mailboxProvider: null, domain: null }],
    ['a domain of one person', times(20, { domain: 'corp.example', person: 'p' }), { domain: null }],
    ['addresses of erased people', times(20, { domain: null, person: null }), { mailboxProvider: null, domain: null }],
    ['two domains of one provider', [...times(9), ...times(9, { domain: 'live.com' })], { mailboxProvider: { name: 'outlook', count: 18 }, domain: null }],
  ])('of %s', (_, failures, expected) => {
    if (expected === null) expect(mainCauseOf(failures)).toBeNull()
    else expect(mainCauseOf(failures)).toMatchObject(expected)
  }) // prettier-ignore
})

const MAIN: MainCause = {
  events: 41,
  count: 36,
  cause: 'reputation',
  detail: null,
  campaign: { name: 'spring', count: 30 },
  mailboxProvider: { name: 'outlook', count: 35 },
  domain: { name: 'hotmail.com', count: 20 },
}
const NAMELESS = { campaign: null, mailboxProvider: null, domain: null }

it.each<[Partial<MainCause>, string | null]>([
  [{}, '36 of the latest 41 for this cause, 35 of these at outlook, 30 of these of the campaign spring'],
  [{ mailboxProvider: null }, '36 of the latest 41 for this cause, 20 of these at hotmail.com, 30 of these of the campaign spring'],
  [{ ...NAMELESS, cause: 'authentication', detail: 'sender_domain' }, '36 of the latest 41 for this cause'],
  [{ cause: null, count: 41, mailboxProvider: null, domain: null }, 'among the latest 41, 30 of these of the campaign spring'],
  [{ ...NAMELESS, cause: null, count: 41 }, null],
])('%j is said as %j', (change, words) => expect(mainCauseWords({ ...MAIN, ...change })).toBe(words)) // prettier-ignore

describe('the first advice', () => {
  it.each<[string, Partial<MainCause>, RegExp | undefined]>([
    ['a bad list', { cause: 'no_mailbox' }, /^Look at the list first: 36 of the latest 41 bounces are of addresses that take no mail, most of them of the campaign spring at outlook\. Stop sending to it\.$/],
    ['a bad list without names', { ...NAMELESS, cause: 'no_domain' }, /take no mail\. Stop/],
    ['a blocked network', {}, /^Outlook blocks your network or domain \(36 of the latest 41 bounces\), and the addresses are good\. .*ask for removal.* See https:\/\/sendersupport\.olc\.protection\.outlook\.com$/],
    ['a network that many block', NAMELESS, /^Receivers block your network/],
    ['a broken DMARC', { cause: 'authentication', detail: 'dmarc' }, /^Mend the DMARC record of the sending domain at once: 36 of .* The addresses are good\. See https:\/\/sendersupport\.olc\.protection\.outlook\.com$/],
    ['a blocklist', { detail: 'spamhaus', mailboxProvider: null }, /See https:\/\/www\.spamhaus\.org\/query$/],
    ['a broken SPF', { cause: 'authentication', detail: 'spf' }, /^Mend the SPF record/],
    ['a failed authentication', { cause: 'authentication' }, /^Mend SPF, DKIM and DMARC/],
    ['an outage of a provider', { cause: 'unreachable' }, /^Wait for outlook: 36 of the latest 41 bounces .*outage/],
    ['an outage of a domain', { cause: 'expired', mailboxProvider: null }, /^Wait for hotmail\.com/],
    ['servers here and there that do not answer', { ...NAMELESS, cause: 'unreachable' }, undefined],
    ['no cause', { cause: null }, /^Look at the campaign spring first: 30 of the latest 41 bounces are of it\.$/],
    ['no cause and no campaign', { ...NAMELESS, cause: null }, undefined],
  ])('for %s', (_, change, said) => {
    const advice = adviceOfCause({ ...MAIN, ...change }, 'bounces')
    if (said === undefined) expect(advice).toBeUndefined()
    else expect(advice).toMatch(said)
  }) // prettier-ignore

  it.each(CAUSES.filter((cause) => meaningOf(cause).about === 'sender'))('never blames a list for %s', (cause) => {
    expect(adviceOfCause({ ...MAIN, cause }, 'bounces')).not.toMatch(/list first|take no mail/)
  }) // prettier-ignore
})

it.each<[string, Partial<MainCause>, string | undefined]>([
  ['at one provider', {}, 'reputation/outlook'],
  ['at one domain', { mailboxProvider: null, domain: { name: 'corp.example', count: 36 } }, 'reputation/corp.example'],
  ['at several providers', { mailboxProvider: { name: 'outlook', count: 20 } }, undefined],
  ['of one record', { ...NAMELESS, cause: 'authentication', detail: 'dmarc' }, 'authentication/dmarc'],
  ['of no record that is known', { ...NAMELESS, cause: 'authentication' }, undefined],
  ['of no cause', { cause: null }, undefined],
])('a wave %s', (_, change, wave) => expect(waveOf({ ...MAIN, ...change })).toBe(wave)) // prettier-ignore
