/** What the package has in place of `src/cli/checkout.ts`: no checkout. */
import { fileURLToPath } from 'node:url'

export const CHECKOUT: string | undefined = undefined

/** It lies beside the bundle. */
export const PACKAGE_JSON = fileURLToPath(new URL('package.json', import.meta.url).href)
