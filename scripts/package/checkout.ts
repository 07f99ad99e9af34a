/** Replacement for `src/cli/checkout.ts` in the package: no checkout. */
import { fileURLToPath } from 'node:url'

export const CHECKOUT: string | undefined = undefined

/** Path beside the bundle. */
export const PACKAGE_JSON = fileURLToPath(new URL('package.json', import.meta.url).href)
