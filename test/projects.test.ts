/** Which test files run in Node: those that nothing leads from to the Workers runtime. Which guard a release, and in which script. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { clockShiftMs, withClockForward } from './support/clock-shift.ts'
import { WITH_MEMORY } from './support/memory.ts'
import { clockTestFiles, pureTestFiles, testFiles } from './support/pure.ts'
import { RELEASE } from './support/release.ts'
import { readTree } from './support/tree.ts'

function treeOf(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'projects-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

it.each<[string, boolean, Record<string, string>]>([
  ['imports nothing', true, {}],
  ['imports the runtime', false, { 'test/a.test.ts': `import { env } from 'cloudflare:workers'` }],
  ['needs the runtime for a global', false, { 'test/a.test.ts': `import 'cloudflare:workers'` }],
  ['imports it in the middle', false, { 'test/a.test.ts': `const w = await import('cloudflare:workers')` }],
  ['knows its types', true, { 'test/a.test.ts': `import type { env } from 'cloudflare:workers'` }],
  ['names it in a text', true, { 'test/a.test.ts': `const text = "from 'cloudflare:workers'"` }],
  [
    'imports it through others, over several lines',
    false,
    {
      'test/a.test.ts': `import {\n  b,\n} from '../src/b.ts'`,
      'src/b.ts': `export { c as b } from './c.tsx'`,
      'src/c.tsx': `import { env as c } from 'cloudflare:workers'\nexport { c }`,
    },
  ],
  [
    'is in a circle that leads there',
    false,
    {
      'test/a.test.ts': `import './b.ts'`,
      'test/b.ts': `import './a.test.ts'\nimport './c.ts'`,
      'test/c.ts': `import './b.ts'\nimport 'cloudflare:test'`,
    },
  ],
])('a file that %s: %j', (_what, isPure, files) =>
  expect(pureTestFiles(testFiles(treeOf({ 'test/a.test.ts': '', ...files })))).toEqual(
    isPure ? ['test/a.test.ts'] : [],
  ),
)

it.each<[string, boolean, Record<string, string>]>([
  ['reads the clock', true, { 'test/a.test.ts': 'const at = Date.now()' }],
  ['makes the date of now', true, { 'test/a.test.ts': 'const at = new Date()' }],
  ['takes the clock as a function', true, { 'test/a.test.ts': 'const clock = { nowMs: Date.now }' }],
  ['makes a date of its own', false, { 'test/a.test.ts': 'const at = new Date(1)' }],
  ['reads it through others', true, { 'test/a.test.ts': `import './b.ts'`, 'test/b.ts': 'Date.now()' }],
  ...['node:child_process', 'node:sqlite', 'miniflare', 'wrangler'].map(
    (name): [string, boolean, Record<string, string>] => [
      `starts ${name}, which has its own`,
      false,
      { 'test/a.test.ts': `import { x } from '${name}'\nDate.now()` },
    ],
  ),
])('a file that %s runs by later days: %j', (_what, isShifted, files) =>
  expect([...clockTestFiles(testFiles(treeOf({ 'test/a.test.ts': '', ...files })))]).toEqual(
    isShifted ? ['test/a.test.ts'] : [],
  ),
)

describe('a clock that is set forward', () => {
  const DAY_MS = 86_400_000

  it.each([
    ['12-31T23:58', '2026-12-07T10:00:00Z', '2026-12-31T23:58:00.000Z'],
    ['01-31T20:30', '2026-12-07T10:00:00Z', '2027-01-31T20:30:00.000Z'],
    ['12-07T09:59', '2026-12-07T10:00:00Z', '2027-12-07T09:59:00.000Z'],
    ['02-29T20:30', '2026-12-07T10:00:00Z', '2028-02-29T20:30:00.000Z'],
    ['02-29T20:30', '2096-03-01T00:00:00Z', '2104-02-29T20:30:00.000Z'],
  ])('goes to the next %s: from %s', (time, now, expected) =>
    expect(new Date(Date.parse(now) + clockShiftMs(time, Date.parse(now))).toISOString()).toBe(expected),
  )

  it.each(['', '1', '02-30T20:30', '2028-02-29'])('refuses the time "%s"', (time) =>
    expect(() => clockShiftMs(time)).toThrow('02-29T23:58'),
  )

  const inOwnScope = (code: string): unknown => runInNewContext(code) as unknown

  it('is that of Date.now and of dates without arguments, also if it is set twice', () => {
    const [realMs, nowMs, dateMs, ofText, isDate] = inOwnScope(
      `const realMs = Date.now();
      ${withClockForward('', DAY_MS)}${withClockForward('', DAY_MS)}
      ;[realMs, Date.now(), new Date().getTime(), new Date('2026-01-02T03:04:05Z').getTime(), new Date() instanceof Date]`,
    ) as [number, number, number, number, boolean]
    expect(Math.round((nowMs - realMs) / DAY_MS)).toBe(1)
    expect(Math.round((dateMs - realMs) / DAY_MS)).toBe(1)
    expect(ofText).toBe(Date.UTC(2026, 0, 2, 3, 4, 5))
    expect(isDate).toBe(true)
  })

  it('rings alarms in real time', async () => {
    const storage = `{ atMs: null, setAlarm(ms) { this.atMs = ms }, getAlarm() { return Promise.resolve(this.atMs) } }`
    // The methods of the double are as they are; only calls are changed.
    const code = withClockForward('storage.setAlarm(at); storage.getAlarm()', DAY_MS)
    const scope = { storage: inOwnScope(`(${storage})`) as { atMs: number }, at: 5 * DAY_MS }
    expect(await (runInNewContext(code, scope) as Promise<number>)).toBe(5 * DAY_MS)
    expect(scope.storage.atMs).toBe(4 * DAY_MS)
  })
})

const ROOT = join(import.meta.dirname, '..')

/** Modules whose memory changes no answer: formats of times, headers by their text, and a key that is made once. */
const ANSWERS_ALIKE = [
  'src/console/messages/time.ts',
  'src/gateway/authenticate/verify-token.ts',
  'src/platform/same-secret.ts',
]

it('keeps no module of src from file to file that remembers something', () => {
  // A collection that begins empty is filled later. Those that hold by an object forget with it.
  const remembers =
    /^(?:export )?(?:let |const \w+ = new (?!Weak|Text)\w+(?:<.*>)?\(\d*\)$)|^ {2}'?[\w-]+'?: create[A-Z]\w+\(\),$/m
  const found = [...readTree(ROOT, ['src'])]
    .filter(([path, text]) => !path.startsWith('src/console/client/') && remembers.test(text))
    .map(([path]) => path)
    .filter((path) => !WITH_MEMORY.test(`/${path}`))
  expect(found).toEqual(ANSWERS_ALIKE)
})

describe('what guards a release', () => {
  const files = testFiles(ROOT)

  it('is listed by files that there are, each once', () => {
    expect(RELEASE.filter((file) => !files.has(file))).toEqual([])
    expect(new Set(RELEASE).size).toBe(RELEASE.length)
  })

  it('includes each test with a browser', () => {
    const withBrowser = [...files].filter(([, modules]) =>
      modules.some(({ path }) => path === join(ROOT, 'scripts/local/browser.ts')),
    )
    expect(withBrowser.length).toBeGreaterThan(0)
    expect(withBrowser.map(([file]) => file).filter((file) => !RELEASE.includes(file))).toEqual([])
  })

  it('is left out of npm test, is all of npm run test:release, and is part of npm run check', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    expect(scripts['test']).toBe('vitest run --project=!release')
    expect(scripts['test:release']).toBe('vitest run --project=release')
    expect(scripts['check']).toContain(' && vitest run && ')
  })
})
