/** Every test file finds fresh modules and real globals, as in a process or runtime of its own, though files share one. */
import { vi } from 'vitest'

vi.resetModules()
vi.restoreAllMocks()
vi.unstubAllGlobals()
vi.useRealTimers()
