/** Signs of machines that an event shows by itself, and what is none. */
import { describe, expect, it } from 'vitest'
import { type Shown, shownSign } from '../../../src/event/automated/at-once.ts'
import type { SignName } from '../../../src/event/automated/signs.ts'

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36'

const click: Shown = { type: 'email.clicked', user_agent: CHROME, client_ip: '192.0.2.1' }

const signOf = (changes: Partial<Shown>) => shownSign({ ...click, ...changes })

// prettier-ignore
const ROWS: readonly (readonly [Partial<Shown>, SignName | undefined])[] = [
  [{}, undefined],
  [{ type: 'email.opened', user_agent: 'Mozilla/5.0' }, 'agent'],
  [{ user_agent: 'Mozilla/5.0' }, undefined],
  [{ type: 'email.opened', user_agent: `Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)` }, undefined],
  [{ type: 'email.opened', user_agent: 'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html' }, undefined],
  [{ user_agent: 'python-requests/2.32.3' }, 'agent'],
  [{ user_agent: 'Python/3.12 aiohttp/3.9.5' }, 'agent'],
  [{ user_agent: 'curl/8.5.0' }, 'agent'],
  [{ user_agent: 'Wget/1.21' }, 'agent'],
  [{ user_agent: 'Go-http-client/1.1' }, 'agent'],
  [{ user_agent: 'Apache-HttpClient/4.5.13 (Java/17.0.8)' }, 'agent'],
  [{ user_agent: 'Java/1.8.0_402' }, 'agent'],
  [{ user_agent: 'lua-resty-http/0.17 (Lua) ngx_lua/10026' }, 'agent'],
  [{ user_agent: CHROME.replace('Chrome/', 'HeadlessChrome/') }, 'agent'],
  [{ user_agent: 'PhantomJS/2.1.1' }, 'agent'],
  [{ user_agent: 'Barracuda Sentinel (EE)' }, 'agent'],
  [{ user_agent: 'Proofpoint' }, 'agent'],
  [{ user_agent: 'Mimecast-URL-Scan' }, 'agent'],
  [{ user_agent: `${CHROME} BingPreview/1.0b` }, 'agent'],
  [{ user_agent: 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }, 'agent'],
  [{ user_agent: 'facebookexternalhit/1.1' }, 'agent'],
  [{ user_agent: 'Microsoft Office Existence Discovery' }, 'agent'],
  [{ type: 'email.unsubscribed', user_agent: 'Barracuda Sentinel (EE)' }, 'agent'],
  [{ type: 'email.unsubscribed', user_agent: 'Go-http-client/1.1' }, undefined],
  [{ type: 'email.opened', user_agent: 'curl/8.5.0' }, undefined],
  [{ type: 'email.bounced', user_agent: 'curl/8.5.0' }, undefined],
  [{ user_agent: 'okhttp/4.12.0' }, undefined],
  [{ user_agent: 'Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0)' }, undefined],
  [{ user_agent: '' }, undefined],
  [{ user_agent: null, client_ip: null }, undefined],
  [{ user_agent: `${'x'.repeat(1_000)} curl/8.5.0` }, undefined],
  [{ client_ip: '40.93.255.1' }, 'network'],
  [{ type: 'email.opened', client_ip: '40.94.0.1' }, undefined],
  [{ type: 'email.opened', client_ip: '104.47.1.2' }, 'network'],
  [{ type: 'email.unsubscribed', client_ip: '2a01:111:f400::1' }, 'network'],
  [{ client_ip: '2a01:111:f402::1' }, undefined],
  [{ client_ip: '20.190.128.1' }, undefined],
  [{ client_ip: 'nonsense' }, undefined],
  [{ type: 'email.delivered', client_ip: '40.93.255.1' }, undefined],
]

describe('an event', () => {
  it.each(ROWS)('with %o shows %s', (changes, expected) => {
    expect(signOf(changes)).toBe(expected)
  })

  it('of a megabyte is looked at as fast as any other', () => {
    const hostile = { user_agent: 'java'.repeat(250_000), client_ip: ':'.repeat(1_000_000) }
    expect(shownSign({ type: 'email.clicked', ...hostile })).toBeUndefined()
  })
})
