import { readFileSync } from 'node:fs'
import { ROOT } from '../workers.ts'

/** The version of this checkout. */
export const VERSION = (JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string })
  .version
