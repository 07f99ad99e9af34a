/** A gateway whose Redis is set up by halves: it goes on, and says so. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type TestGateway, genericSource, newGateway } from '../support/gateway.ts'
import { delivered, signGeneric } from '../support/generic.ts'

const HALF = { UPSTASH_REDIS_REST_TOKEN: 'seeded-token-of-this-test' }

const lines: string[] = []
beforeEach(() => void vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line)))
afterEach(() => {
  vi.restoreAllMocks()
  lines.length = 0
})

async function statusOf(gateway: TestGateway): Promise<number> {
  const name = await genericSource()
  const response = await gateway.fetch(`/hooks/${name}`, await signGeneric(delivered(name)))
  await response.body?.cancel()
  return response.status
}

it('accepts deliveries, and logs once which of the two secrets is missing', async () => {
  const gateway = newGateway(HALF)
  expect([await statusOf(gateway), await statusOf(gateway)]).toEqual([200, 200])
  const told = lines.filter((line) => line.includes('setup_incomplete'))
  expect(told).toHaveLength(1)
  expect(told[0]).toContain('UPSTASH_REDIS_REST_TOKEN is set without UPSTASH_REDIS_REST_URL')
  expect(lines.join('\n')).not.toContain('seeded')
})

it('logs nothing if Redis is not used at all', async () => {
  expect(await statusOf(newGateway())).toBe(200)
  expect(lines.filter((line) => line.includes('setup_incomplete'))).toEqual([])
})
