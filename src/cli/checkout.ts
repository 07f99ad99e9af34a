/** The checkout that the command line runs in. `scripts/package/checkout.ts` replaces this file in the package. */
import { ROOT } from '../../scripts/workers.ts'

/** Its folder, with a slash at the end; undefined in the package, which is installed alone. */
export const CHECKOUT: string | undefined = ROOT

/** The `package.json` that says the version. */
export const PACKAGE_JSON = `${ROOT}package.json`
