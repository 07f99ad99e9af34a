import { expect, it } from 'vitest'
import { growthProblems } from '../../../src/console/messages/growth.ts'
import { growthOf } from '../../../src/store/size.ts'

const NOW_MS = Date.parse('2026-11-29T12:00:00.000Z')
const growing = (gigabytes: number, removesOld: boolean) =>
  growthOf(
    { bytes: gigabytes * 1e9, events: gigabytes * 1e6, eventsEver: 9e7, eventsADay: 1e5 },
    { byArchive: removesOld, afterDays: null },
    NOW_MS,
  )
const KEEPS_UP = { events: 5, oldestMs: NOW_MS - 3_600_000 }
const LATE = { events: 7_000, oldestMs: NOW_MS - 5 * 3_600_000 }
const FULL_ON = 'It is 72 % full (7.2 of 10 GB), and will be full on 2026-12-27.'

it.each<[string, ...Parameters<typeof growthProblems>, (string | RegExp)[][]]>([
  ['there is room', growing(2, false), null, NOW_MS, []],
  ['it is filling', growing(7.2, false), null, NOW_MS, [['filling', FULL_ON, /Bind the archive bucket/]]],
  ['it is filling, with an archive that is late', growing(7.2, false), LATE, NOW_MS, [['filling', FULL_ON, /why the archive is behind/], ['archive_behind', /^7000 events wait .* since 2026-11-29T07:00:00.000Z/, /npx wrangler tail/]]],
  ['what is old is removed', growing(8.1, true), KEEPS_UP, NOW_MS, []],
  ['it is nearly full, though what is old is removed', growing(9.3, true), KEEPS_UP, NOW_MS, [['nearly_full', /^It is 93 % full/, /Make room now/]]],
  ['the archive is late, and there is room', growing(2, false), LATE, NOW_MS, [['archive_behind', /^7000/, /npx wrangler tail/]]],
])('says it if %s', (_what, growth, archive, nowMs, expected) => {
  const problems = growthProblems(growth, archive, nowMs)
  expect(problems.map(({ problem, says, todo }) => [problem, says, todo])).toEqual(
    expected.map((row) => row.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one)))),
  )
}) // prettier-ignore
