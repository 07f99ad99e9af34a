/** Loaded into a process of a test before anything else. */
import { fetchFrom } from './hosts-of-workers.ts'

globalThis.fetch = fetchFrom(process.env['FAKE_HOSTS'] ?? '', globalThis.fetch)
