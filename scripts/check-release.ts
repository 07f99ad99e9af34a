/** `npm run check:release`: fails if nobody has looked at an ESP for a year. It looks at the clock, so it is no test. */
import { overdueLooks } from './overdue-looks.ts'

const overdue = overdueLooks(Date.now())
for (const line of overdue) console.error(line)
if (overdue.length > 0) process.exit(1)
console.log('Each ESP was looked at within a year.')
