/** `--web` opens the page of what a command shows, and asks nothing of the console. */
import { expect, it } from 'vitest'
import { run } from './run.ts'

const REACH = { POSTERN_URL: 'https://console.example.com', POSTERN_TOKEN: `pst_${'0'.repeat(40)}` }

it.each([
  ['events list', '/activity?show=accepted'],
  [
    'events list --source shop --type email.bounced',
    '/activity?show=accepted&source=shop&types=email.bounced',
  ],
  ['events list --recipient ada@example.com', '/activity?show=accepted'],
  ['events show 0123abcd', '/d/0123abcd'],
  ['sources list', '/sources'],
  ['sources show shop', '/sources/shop'],
  ['incidents show 17', '/incidents/17'],
  ['quarantine list', '/activity?show=quarantined'],
  ['dead-letters list', '/activity?show=gave-up'],
  [
    'events list --campaign-id may --since 2026-11-01T00:00:00Z',
    '/activity?show=accepted&campaign=may&from=2026-11-01T00%3A00%3A00Z',
  ],
  ['suppressions list --why manual', '/suppressions?reason=manual'],
  ['destinations attempts app --outcome failed', '/destinations/app?outcome=failed'],
  ['audit list --action secret --actor access:ada@example.com', '/access/audit?action=secret'],
])('postern %s --web opens %s', async (line, path) => {
  const opened: string[] = []
  const ran = await run([...line.split(' '), '--web'], '', REACH, { browse: (url) => opened.push(url) })
  expect(ran).toMatchObject({ code: 0, out: `https://console.example.com${path}\n` })
  expect(opened).toEqual([`https://console.example.com${path}`])
})
