/** Signs of a machine that an event shows by itself. The first row that fits decides. */
import { contains, parseAddress, parseNetwork } from '../../platform/network.ts'
import type { EventType, MailEvent } from '../mail-event.ts'
import type { SignName } from './signs.ts'

export type Shown = Pick<MailEvent, 'type' | 'user_agent' | 'client_ip'>

interface Rule {
  readonly by: SignName
  readonly types: readonly EventType[]
  readonly fits: (event: Omit<Shown, 'type'>) => boolean
}

/**
 * Scanners of links and pictures of links in chats, by a part of their user agent, in lower case. Proxies of Google and Yahoo are left out:
 * they load pictures for people.
 */
const SCANNERS = [
  'barracuda',
  'proofpoint',
  'mimecast',
  'bingpreview',
  'slackbot-linkexpanding',
  'facebookexternalhit',
  'office existence discovery',
]

/** Programs. A mailbox provider may send a one-click unsubscribe (RFC 8058) by one of them for a person, so they say nothing there. */
const PROGRAMS = [
  'python-requests/',
  'aiohttp/',
  'curl/',
  'wget/',
  'go-http-client/',
  'apache-httpclient/',
  'java/',
  'lua-resty',
  'headlesschrome',
  'phantomjs',
]

/**
 * Exchange Online Protection: no mailbox is read from there. Microsoft publishes these networks for everybody's use, as sets 9 and 10 of
 * https://endpoints.office.com/endpoints/worldwide (as of 2026-11). Networks of other filters are left out, since no vendor's list of them
 * was read. Networks of clouds are no sign: people's pictures and desktops come from there too.
 */
const FILTERING = [
  '40.92.0.0/15',
  '40.107.0.0/16',
  '52.100.0.0/14',
  '52.238.78.88/32',
  '104.47.0.0/17',
  '2a01:111:f400::/48',
  '2a01:111:f403::/48',
].flatMap((text) => parseNetwork(text) ?? [])

/** A longer user agent is looked at up to here. */
const AGENT_MAX_CHARACTERS = 1_000

const agentHas =
  (parts: readonly string[]): Rule['fits'] =>
  ({ user_agent: agent }) => {
    const text = agent?.slice(0, AGENT_MAX_CHARACTERS).toLowerCase() ?? ''
    return parts.some((part) => text.includes(part))
  }

const RULES: readonly Rule[] = [
  // The proxy of Apple Mail's privacy protection gives exactly this, by which Mailgun tells it as well (as of 2026-11).
  { by: 'agent', types: ['email.opened'], fits: ({ user_agent: agent }) => agent?.trim() === 'Mozilla/5.0' },
  { by: 'agent', types: ['email.clicked', 'email.unsubscribed'], fits: agentHas(SCANNERS) },
  { by: 'agent', types: ['email.clicked'], fits: agentHas(PROGRAMS) },
  {
    by: 'network',
    types: ['email.opened', 'email.clicked', 'email.unsubscribed'],
    fits({ client_ip: ip }) {
      const address = parseAddress(ip ?? '')
      return address !== undefined && FILTERING.some((network) => contains(network, address))
    },
  },
]

/** Undefined if the event shows no sign, which says nothing of who it was. It never throws. */
export const shownSign = ({ type, ...event }: Shown): SignName | undefined =>
  RULES.find(({ types, fits }) => types.includes(type) && fits(event))?.by
