import { beforeAll, describe, expect, it } from 'vitest'
import { migrate, newConsole } from '../support.ts'
import { visitor } from './visitor.ts'

beforeAll(migrate)

const PATH = '/sources/stale/secrets/hmac/rotate'
const DOCUMENT = { provider: 'generic', secrets: { hmac: 'a-shared-secret-of-the-stale-form' } }

describe('the form that rotates a secret', () => {
  it('contains the version that was shown, and changes no other version except in an emergency', async () => {
    const here = newConsole()
    await here.api('PUT', '/api/sources/stale', DOCUMENT)
    const versions = async () => {
      const { json } = await here.api('GET', '/api/sources/stale')
      return (json['secret_versions'] as unknown[]).length
    }
    const operator = visitor(here)
    const form_token = await operator.enter()
    const seen = /name="seen" value="([0-9]+)"/.exec(await (await operator.get(PATH)).text())?.[1] ?? ''
    const form = { form_token, seen, value: 'a-newer-secret-of-the-stale-form' }

    expect((await operator.post(PATH, form)).status).toBe(200)
    expect(await versions()).toBe(2)
    const again = await operator.post(PATH, form)
    expect(again.status).toBe(412)
    const html = await again.text()
    expect(html).toContain('Nothing was changed.')
    expect(html).not.toContain(`name="seen" value="${seen}"`)
    expect(await versions()).toBe(2)

    const leaked = { ...form, value: 'a-third-secret-of-the-stale-form', emergency: 'yes', reason: 'a leak' }
    expect((await operator.post(PATH, leaked)).status).toBe(200)
    expect(await versions()).toBe(3)
    await here.api('DELETE', '/api/sources/stale')
  })
})
