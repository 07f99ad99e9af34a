import path from 'node:path'
import { describe, expect, it } from 'vitest'
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
