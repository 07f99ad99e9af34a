/** A webhook of MailerSend saved with the command line alone: its test call, and what came of it, in all Workers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { run } from '../cli/run.ts'
import { nowSeconds, simulated, until, withInstallation } from './postern.ts'

const postern = withInstallation()

/** A gateway that has just looked at a source looks again after a second. */
const RECHECKED_MS = 1_100

it('the test call of MailerSend is answered while the set-up is open, and never after a delivery', async () => {
  const { name, account, deliver } = await postern.source('mailersend')
  const call = async () => {
    await sleep(RECHECKED_MS)
    const request = account.firstCall?.(nowSeconds())
    return request && (await deliver(request)).status
  }
  const postern_ = (...args: string[]) =>
    run(['sources', ...args], '', postern.reach, { nowSeconds: nowSeconds() })

  expect(await call()).toBe(401)
  const opened = await postern_('setup', name, '--for', '15m', '--reason', 'new webhook')
  expect(opened).toMatchObject({ code: 0, out: expect.stringMatching(/^open until .*: none came/) })
  expect(await call()).toBe(200)
  await until(async () =>
    (await postern_('show', name)).out.includes('first calls (webhook.test): 1 answered'),
  )
  expect(await postern.settledAt(name, 0)).toEqual([])

  expect((await deliver(await account.deliver([simulated()], nowSeconds()))).status).toBe(200)
  expect(await postern.settledAt(name, 1)).toHaveLength(1)
  expect(await call()).toBe(401)
  expect((await postern_('show', name)).out).toContain('over: a delivery was verified at')
  const again = await postern_('setup', name)
  expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^open until /) })
})
