import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { addSuppression } from '../../../src/store/suppressions.ts'
import { migrate, newConsole, registryWith, store } from '../support.ts'

const V2 = `v2:${btoa('k'.repeat(32))}`
const MASTER_KEY = `${V2},${env.MASTER_KEY}`

/** Answers as a gateway with the new key does. The gateway of this test has only the first. */
const REGISTRY = registryWith({
  masterKeys: {
    secretsByVersion: async () => ({ newest: 2, secrets: { 2: 4 }, auditKey: { 2: 1 } }),
    reseal: async () => ({ resealed: 0, broken: 3 }),
  },
})

beforeAll(async () => {
  await migrate()
  await addSuppression(store, 'ada@example.com', 'note', 1)
})

describe('the master key', () => {
  it('counts items by version, and lists the versions still needed', async () => {
    const { api } = newConsole({ MASTER_KEY, REGISTRY })
    const { json } = await api('GET', '/api/master-key')
    expect(json).toMatchObject({ newest: 2, versions: [2, 1], still_needed: [1] })
    expect(json['resting']).toContainEqual({ what: 'recipients', by_version: { 1: 1 } })
    expect(json['resting']).toContainEqual({ what: 'secrets', by_version: { 2: 4 } })
  })

  it('is replaced step by step', async () => {
    const { api } = newConsole({ MASTER_KEY, REGISTRY })
    let resealed = 0
    let broken = 0
    let cursor: unknown = null
    for (let steps = 0; steps === 0 || cursor !== null; steps++) {
      const { json } = await api('POST', '/api/master-key/reseal', { cursor })
      resealed += Number(json['resealed'])
      broken += Number(json['broken'])
      cursor = json['cursor']
      expect(steps).toBeLessThan(20)
    }
    expect({ resealed, broken }).toEqual({ resealed: 2, broken: 3 })
    const { json } = await api('GET', '/api/master-key')
    expect(json['still_needed']).toEqual([])
    // Now the new key alone is enough.
    const after = newConsole({ MASTER_KEY: V2, REGISTRY })
    expect((await after.api('GET', '/api/suppressions/ada@example.com')).json).toMatchObject({
      reasons: [{ note: 'note' }],
    })
  })

  it('is not replaced while the gateway has another key', async () => {
    const { status, json } = await newConsole({ MASTER_KEY }).api('POST', '/api/master-key/reseal', {})
    expect({ status, code: json['code'] }).toEqual({ status: 409, code: 'master_key_differs' })
  })

  it('refuses a foreign cursor', async () => {
    const { api } = newConsole({ MASTER_KEY, REGISTRY })
    const { status, json } = await api('POST', '/api/master-key/reseal', { cursor: 'mine' })
    expect({ status, code: json['code'] }).toEqual({ status: 400, code: 'parameter_invalid' })
  })
})
