/**
 * The script of all pages. It only adds: each module finds its elements by `data-` attributes, and does nothing where there are none.
 * Pages work without it.
 */
import { readCharts } from './chart.ts'
import { addCopyButtons } from './copy.ts'
import { guardForms } from './forms.ts'
import { listenForKeys } from './keys.ts'
import { followList } from './live.ts'
import { countChoices, narrowChoices } from './narrow.ts'
import { openLinks } from './open.ts'
import { offerPalette } from './palette.ts'
import { localTimes } from './times.ts'
import { refreshPage, waitForParts } from './wait.ts'

// Parts of the first page that became pages.
const [, part] =
  /^#(incidents|sources|destinations|refusals|suppressions|quarantine|dead-letters)$/.exec(location.hash) ??
  []
if (location.pathname === '/' && part !== undefined) location.replace(`/${part}`)

refreshPage()
localTimes()
addCopyButtons(document)
guardForms()
narrowChoices(document)
countChoices()
listenForKeys()
offerPalette()
readCharts(document)
openLinks()
waitForParts()
followList()
