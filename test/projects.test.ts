/** Which test files run in Node: those that nothing leads from to the Workers runtime. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { pureTestFiles } from './support/pure.ts'

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
  expect(pureTestFiles(treeOf({ 'test/a.test.ts': '', ...files }))).toEqual(isPure ? ['test/a.test.ts'] : []),
)
