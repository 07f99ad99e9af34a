/** A source added by the pages alone, in a real browser: from the list of sources to the first verified event. */
import { generateKeyPairSync } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../../src/simulator/http.ts'
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { sampler } from '../../scripts/local/samples.ts'
import { launchBrowser } from '../../scripts/local/browser.ts'
import { freePorts } from './free-ports.ts'
import { expectNoViolations, loadAxe, overflow } from './page-checks.ts'
import { nowSeconds, simulated, withInstallation } from './postern.ts'

const certificates = new Map<string, string>()
const [gateway = 0] = await freePorts(1)
const postern = withInstallation({
  certificates,
  ports: { gateway, console: 0 },
  // Samples are posted to where the console says.
  bindings: { GATEWAY_URL: `http://127.0.0.1:${gateway}` },
  samples: sampler(certificates, nowSeconds),
})
let browser: Browser
let page: Page
const complaints: string[] = []

beforeAll(async () => {
  browser = await launchBrowser()
  const context = await browser.newContext({ baseURL: postern.runtime.url('console').origin })
  page = await context.newPage()
  await loadAxe(page)
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto('/sources')
  await page.getByLabel('Token').fill(postern.secrets.ADMIN_TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
})
afterAll(async () => {
  await browser?.close()
  expect(complaints).toEqual([])
})

async function accountAt(provider: string, given: Record<string, string> = {}): Promise<Account> {
  const account = await senderNamed(provider)?.open(given)
  if (account === undefined) throw new Error(`no simulated ${provider}`)
  for (const [url, text] of Object.entries(account.serves ?? {})) certificates.set(url, text)
  return account
}

const secretsOf = ({ document }: Account) => document['secrets'] as Record<string, string>

const postTo = (name: string, request: OutgoingRequest) =>
  send(new URL(`/hooks/${name}${request.query}`, postern.runtime.url('gateway')), request)

const post = async (name: string, account: Account) =>
  postTo(name, await account.deliver([simulated()], nowSeconds()))

/** From the list to the page of the set-up. */
async function add(title: string, name: string): Promise<void> {
  await page.goto('/sources')
  await page.getByRole('link', { name: 'Add a source' }).click()
  await page.getByLabel('Find an ESP').fill(title)
  await page.getByRole('link', { name: new RegExp(`^${title}`) }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Create it' }).click()
  await page.getByRole('heading', { name: 'Copy the URL' }).waitFor()
  expect(await page.locator('#url code').textContent()).toContain(`/hooks/${name}`)
}

const waiting = () => page.locator('#arrival').getByRole('status')

/** Without a reload: the page asks by itself. */
const says = (text: string | RegExp) => waiting().getByText(text).waitFor()

const looksWell = async (name: string) => {
  await expectNoViolations(page, name)
  expect(await overflow(page)).toBe(0)
}

describe('a source is set up', () => {
  it('at SendGrid, with a request before the key, and a wrong key', async () => {
    const account = await accountAt('sendgrid')
    await add('SendGrid', 'shop-sendgrid')
    await looksWell('the steps')
    expect((await post('shop-sendgrid', account)).status).toBe(401)
    await says('The URL is right')

    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const other = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
    await page.getByLabel('Public key').fill(other)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('public_key/1').waitFor()
    expect((await post('shop-sendgrid', account)).status).toBe(401)
    await says('often it is that of another webhook')
    await looksWell('a refusal')
    await page.getByRole('button', { name: 'Capture the next ones' }).click()
    await page.getByText('Let the ESP send again').waitFor()
    await page.goto('/sources/shop-sendgrid/setup')
    await says('The next refused deliveries are kept')
    expect((await post('shop-sendgrid', account)).status).toBe(401)
    await says('A refused delivery was captured')

    await page.getByRole('link', { name: 'Rotate or revoke it' }).click()
    await page.getByRole('link', { name: 'Rotate public_key' }).click()
    await page.getByLabel('Public key').fill(secretsOf(account)['public_key'] ?? '')
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByText('public_key/2 of shop-sendgrid is active').waitFor()
    await page.goto('/sources/shop-sendgrid/setup')
    expect((await post('shop-sendgrid', account)).status).toBe(200)
    await says('The set-up is done.')
    await looksWell('the end')
  })

  it('at Amazon SES, by the ARN of its topic', async () => {
    const account = await accountAt('ses')
    await add('Amazon SES', 'shop-ses')
    const arn = (account.document['secrets'] as { topic_arns: string[] }).topic_arns[0] ?? ''
    await page.getByLabel('ARN of the topic').fill('arn:aws:sqs:eu-west-1:123456789012:queue')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('alert').waitFor()
    // The browser itself logs that the answer was 422.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('422')])
    expect(await page.title()).toMatch(/^Error: /)
    await looksWell('a problem at a field')
    await page.getByLabel('ARN of the topic').fill(arn)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('topic_arns/1').waitFor()
    expect((await post('shop-ses', account)).status).toBe(200)
    await says('The set-up is done.')
  })

  it('at Postmark, with a password of Postern', async () => {
    await add('Postmark', 'shop-postmark')
    await page.getByRole('button', { name: 'Save, or generate it' }).click()
    await page.getByText('It is shown this once.').waitFor()
    await looksWell('a generated secret')
    const [username = '', password = ''] = await page.locator('main code.whole').allTextContents()
    await page.getByRole('link', { name: 'I have stored it' }).click()
    const request = await (await accountAt('postmark')).deliver([simulated()], nowSeconds())
    const authorization = `Basic ${btoa(`${username}:${password}`)}`
    const answer = await postTo('shop-postmark', {
      ...request,
      headers: { ...request.headers, authorization },
    })
    expect(answer.status).toBe(200)
    await says('The set-up is done.')
  })

  // SendGrid signs with a private key, and the gateway fetches the certificate of SES.
  it.each([
    ['SendGrid', 'sample-sendgrid'],
    ['Amazon SES', 'sample-ses'],
    ['Generic', 'sample-own'],
  ])('by a signed sample, as %s', async (title, name) => {
    await add(title, name)
    await page.getByRole('button', { name: 'Send me a sample' }).click()
    await page.getByText('A signed sample was sent and accepted.').waitFor()
    await says('The set-up is done.')
    expect(await page.getByRole('button', { name: 'Send me a sample' }).count()).toBe(0)
    expect(await postern.events(name)).toHaveLength(1)
  })

  it('for a program of one’s own, with a secret of Postern', async () => {
    await add('Generic', 'shop-own')
    await page.getByRole('button', { name: 'Save, or generate it' }).click()
    await page.getByText('It is shown this once.').waitFor()
    const [hmac = ''] = await page.locator('main code.whole').allTextContents()
    await page.getByRole('link', { name: 'I have stored it' }).click()
    expect((await post('shop-own', await accountAt('generic', { hmac }))).status).toBe(200)
    await says('The set-up is done.')
  })
})
