/**
 * Every test file finds empty storage and fresh modules, as in a runtime of its own. So files can share a runtime, whose start took
 * longer than most of them. Files whose work goes on after their tests have one each: see `vitest.config.ts`.
 */
import { reset } from 'cloudflare:test'
import { vi } from 'vitest'

vi.resetModules()
await reset()
