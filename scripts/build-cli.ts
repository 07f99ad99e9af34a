/** `npm run build:cli`: the command line as a package of its own, in `dist/cli`. */
import { buildPackage } from './package/build.ts'
import { ROOT } from './workers.ts'

await buildPackage(`${ROOT}dist/cli`)
console.log(
  'The package is in dist/cli. To install it: npm pack ./dist/cli, then npm install -g postern-*.tgz',
)
