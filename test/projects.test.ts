/** Which test files run in Node: those that nothing leads from to the Workers runtime. Which guard a release, and in which script. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pureTestFiles, testFiles } from './support/pure.ts'
import { RELEASE } from './support/release.ts'

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

const ROOT = join(import.meta.dirname, '..')

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
