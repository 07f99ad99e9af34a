/** Lines of an audit log whose first ones were too old: an export begins with their head, and is verified from there. */
import { expect, it } from 'vitest'
import { fakeConsole } from './fake-console.ts'
import { run } from './run.ts'

const mac = (digit: string) => digit.repeat(64)
const LINES = [7, 8].map((seq) => ({ seq, text: `{"seq":${seq}}`, mac: mac(String(seq)) }))
const BASE = { seq: 6, mac: mac('6') }
const HEAD = { seq: 8, mac: mac('8') }

const here = fakeConsole(
  {
    'GET /api/audit/lines': [200, { lines: LINES, head: HEAD, base: BASE }],
    'POST /api/audit/verify': [200, { ok: true, head: HEAD }],
  },
  [404, {}],
)

it('an export begins with the head of what is gone, and verifies after it', async () => {
  const { out } = await run(['audit', 'export'], '', here.environment)
  const [first, ...lines] = out.trimEnd().split('\n')
  expect(JSON.parse(first ?? '')).toEqual({ ...BASE, text: '' })
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(LINES)

  here.asked.length = 0
  expect(await run(['audit', 'verify', '-'], out, here.environment)).toMatchObject({ code: 0 })
  expect(here.calls()).toEqual([{ call: 'POST /api/audit/verify', body: { after: BASE, lines: LINES } }])
})

it('an export from a line on has no head, and is not verified alone', async () => {
  const { out } = await run(['audit', 'export', '--after', '6'], '', here.environment)
  expect(out.trimEnd().split('\n')).toHaveLength(2)
  expect(await run(['audit', 'verify', '-'], out, here.environment)).toMatchObject({ code: 2 })
})
