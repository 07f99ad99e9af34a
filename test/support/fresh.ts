/**
 * Every test file finds empty storage, fresh modules and real globals, as in a runtime of its own. So files can share a runtime, whose
 * start took longer than most of them.
 */
import { reset } from 'cloudflare:test'
import { vi } from 'vitest'

vi.resetModules()
vi.restoreAllMocks()
vi.unstubAllGlobals()
vi.useRealTimers()
await reset()
