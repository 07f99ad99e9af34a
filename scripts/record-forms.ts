/**
 * `npm run record:forms`: records the forms of the version in `package.json` beside its state: migrations, tables, classes, routes with
 * their fields, settings, log lines. It refuses a version that is released. `test/scripts/forms.test.ts` compares.
 */
import { VERSION } from '../src/cli/version.ts'
import { formsOfCheckout } from './forms/collect.ts'
import { previousLine, readRecorded, refuseReleased, writeRecorded } from './forms/recorded.ts'

await refuseReleased(VERSION)
const before = (await readRecorded(VERSION)).at(-1)
const forms = await formsOfCheckout()
await writeRecorded({ version: VERSION, previous: previousLine(before), forms })
console.log(`Recorded ${forms.length} forms of ${VERSION}.`)
