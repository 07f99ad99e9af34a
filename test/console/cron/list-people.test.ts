/** The nightly search of quarantine for people. */
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { migrate, newConsole } from '../support.ts'

beforeAll(migrate)

it('lists what a bad day has left, and not a thousand entries a night', async () => {
  const here = newConsole()
  await env.STORE.prepare(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
     INSERT INTO quarantine (id, source, provider, request_id, received_at, problem, item, bytes, parts, sealed)
     SELECT printf('%032x', i), 'shop', 'generic', 'req_' || i, ?1, 'payload_invalid', 0, 10, 0, x'00' FROM n`,
  )
    .bind(here.clock.nowMs)
    .run()
  await here.scheduled()
  const rows = await env.STORE.prepare(
    'SELECT count(*) AS kept, count(people) AS listed FROM quarantine',
  ).first()
  expect(rows).toEqual({ kept: 2500, listed: 2500 })
})
