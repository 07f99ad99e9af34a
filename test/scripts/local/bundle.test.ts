import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { unstable_readConfig as readConfig } from 'wrangler'
import { bundle } from '../../../scripts/local/bundle.ts'
import { ROOT, WORKERS } from '../../../scripts/workers.ts'

describe('a Worker on this machine', () => {
  it.each(WORKERS)(
    'is bundled as Wrangler does for $name: functions are not named anew',
    async ({ config }) => {
      const { main, keep_names } = readConfig({ config: path.join(ROOT, config) })
      expect(keep_names).toBe(false)
      expect(await bundle(main ?? '')).not.toContain('__name(')
    },
  )
})

it.each(['entry.ts', 'imported.ts', 'stand-in.ts'])(
  'is bundled anew when its %s has changed',
  async (changed) => {
    // Bundles of temporary files are not kept.
    const folder = path.join(ROOT, 'node_modules/.cache/bundle-test')
    await mkdir(folder, { recursive: true })
    onTestFinished(() => rm(folder, { recursive: true }))
    const at = (name: string) => path.join(folder, name)
    const write = async (name: string, text: string) => {
      await writeFile(at(name), text)
      // A file that changes while it is bundled would not be kept.
      await sleep(10)
    }
    const of = (value: string) => `export const value = '${value}'`
    await write('entry.ts', `export * from './imported.ts'; export * as replaced from './replaced.ts'`)
    await write('imported.ts', of('first'))
    await write('replaced.ts', of('never'))
    await write('stand-in.ts', of('second'))
    const bundled = () => bundle(at('entry.ts'), new Map([[at('replaced.ts'), at('stand-in.ts')]]))
    const before = await bundled()
    expect(before).toMatch(/first[^]*second/)
    expect(before).not.toContain('never')
    expect(await bundled()).toBe(before)

    await write(changed, of('changed'))
    expect(await bundled()).toContain('changed')
    await write(changed, 'export const = ')
    await expect(bundled()).rejects.toThrow(':1:13: ERROR: Expected identifier')
  },
)
