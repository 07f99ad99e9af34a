import { readFileSync } from 'node:fs'
import { PACKAGE_JSON } from './checkout.ts'

/** The version of this checkout or package. */
export const VERSION = (JSON.parse(readFileSync(PACKAGE_JSON, 'utf8')) as { version: string }).version
