/**
 * Every test file finds what it would find in a runtime of its own: storage that is empty, and modules that nobody has used. So all
 * files share a few runtimes, whose start took longer than most of them.
 */
import { reset } from 'cloudflare:test'
import { vi } from 'vitest'

vi.resetModules()
await reset()
