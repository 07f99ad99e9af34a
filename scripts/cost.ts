/** `npm run cost`: the price of a million deliveries. Usage is counted at every binding of the real Workers. */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { goalsText, isShort, machine } from '../bench/report.ts'
import { exactly } from '../bench/spread.ts'
import { type Archived, archivedDollars, archivedText, archivingCosts } from '../bench/cost/archiving.ts'
import { type Usage, marginal, monthOfMinutes, sumOfItems } from '../bench/cost/bill.ts'
import { type Pace, play } from '../bench/cost/play.ts'
import { type Forwarded, forwardingCosts } from '../bench/cost/forwarding.ts'
import { type Costed, marginalText, monthlyText, operationsText, watchText } from '../bench/cost/report.ts'
import { type Read, minuteCosts, readingCosts } from '../bench/cost/watching.ts'
import { HUNDREDS, SINGLES, WORKLOADS, type Workload } from '../bench/cost/workloads.ts'
import { type MeteredWorld, openMeteredWorld } from '../bench/cost/metered-world.ts'
import { bytesAnEvent, millionKeptDollars, storageText } from '../bench/cost/storage.ts'
import { refuseSwallowed } from './swallowed-options.ts'

const OPTIONS = { quick: { type: 'boolean' }, out: { type: 'string' } } as const

refuseSwallowed('cost', Object.keys(OPTIONS))
const { values } = parseArgs({ options: OPTIONS })
const quick = values.quick === true

const VOLUMES = quick ? [1_000_000, 100_000_000] : [1_000_000, 10_000_000, 100_000_000, 1_000_000_000]
/** The volume at which a million is priced: so large that free allowances do not matter. */
const PRICED_AT = 100_000_000
/** With which the watch is priced, at that volume. */
const WATCHED_SOURCES = quick ? 32 : 100
const SECONDS_A_MONTH = 30.4 * 86_400

/** Below this rate per second, each delivery has its own row in the guard and its own batch in the consumer. */
const ALONE_BELOW = 0.5
const ALONE_DELIVERIES = quick ? 2 : 10
const PLAYED_SECONDS = quick ? 0.5 : 10
const PLAYED_MAX = quick ? 20 : 2_500

function paceOf({ eventsADelivery }: Workload, eventsAMonth: number): Pace {
  const perSecond = eventsAMonth / SECONDS_A_MONTH / eventsADelivery
  if (perSecond < ALONE_BELOW) return { perSecond: undefined, deliveries: ALONE_DELIVERIES }
  return { perSecond, deliveries: Math.ceil(Math.min(PLAYED_MAX, perSecond * PLAYED_SECONDS)) }
}

/** All volumes below that rate give the same usage, so it is measured once. */
async function costOf(workload: Workload, alone: MeteredWorld, busy: MeteredWorld): Promise<Costed> {
  const [makeAlone, makeBusy] = [await workload.open(alone), await workload.open(busy)]
  const byVolume = new Map<number, Usage>()
  let whenAlone: Usage | undefined
  for (const volume of VOLUMES) {
    const pace = paceOf(workload, volume)
    if (pace.perSecond !== undefined) byVolume.set(volume, await play(busy, workload, makeBusy, pace))
    else byVolume.set(volume, (whenAlone ??= await play(alone, workload, makeAlone, pace)))
  }
  return { name: workload.name, byVolume }
}

/** How long the queue collects a batch for single deliveries: waiting for more would be pointless. */
const ALONE_QUEUE_SECONDS = 0.1

async function cost(): Promise<boolean> {
  process.env['POSTERN_DISCARD_LOG'] = '1'
  console.log(`${machine()}${quick ? '; quick: the numbers mean little' : ''}\n`)
  const alone = await openMeteredWorld({ queueWaitSeconds: ALONE_QUEUE_SECONDS, hasty: quick })
  const busy = await openMeteredWorld(quick ? { queueWaitSeconds: ALONE_QUEUE_SECONDS, hasty: true } : {})
  const costed: Costed[] = []
  let forwarded: readonly Forwarded[] = []
  let read: readonly Read[] = []
  let bytes = Number.NaN
  let archived: Archived
  try {
    for (const workload of WORKLOADS) costed.push(await costOf(workload, alone, busy))
    bytes = await bytesAnEvent(busy)
    forwarded = await forwardingCosts(busy, quick)
    read = await readingCosts(busy, quick)
    archived = await archivingCosts(busy)
  } finally {
    await alone.runtime.close()
    await busy.runtime.close()
  }
  const minutes = await minuteCosts(quick)
  const million = `at ${PRICED_AT / 1e6} million events a month, spread evenly`
  console.log(`## What a million costs, ${million}, nothing free\n\n${marginalText(costed, PRICED_AT)}\n`)
  console.log(`## What one delivery uses, ${million}\n\n${operationsText(costed, PRICED_AT)}\n`)
  const atMillions = forwarded.map(({ name, usage }) => ({ name, byVolume: new Map([[PRICED_AT, usage]]) }))
  console.log(
    `## What destinations cost, an endpoint that answers in 100 ms, nothing free\n\n${marginalText(atMillions, PRICED_AT)}\n\n${operationsText(atMillions, PRICED_AT)}\n`,
  )
  const readDollars = Math.max(...read.map(({ usage }) => sumOfItems(marginal(usage, 'events'))))
  const ofRead = read.map(({ name, usage }) => ({ name, byVolume: new Map([[PRICED_AT, usage]]) }))
  console.log(
    `## What the watch costs, nothing free\n\n${watchText(minutes, readDollars, VOLUMES)}\n\n${marginalText(ofRead, PRICED_AT)}\n`,
  )
  console.log(`## A month\n\n${monthlyText(costed)}\n`)
  console.log(
    `## What is kept in D1, ${Math.round(bytes)} bytes an event: $${millionKeptDollars(bytes).toFixed(2)} a month for each million\n\n${storageText(bytes)}\n`,
  )
  console.log(`## What the archive costs, nothing free\n\n${archivedText(archived)}\n`)

  const dollarsOf = ({ name }: Workload, per: 'deliveries' | 'events'): number => {
    const usage = costed.find((one) => one.name === name)?.byVolume.get(PRICED_AT)
    return usage === undefined ? Number.NaN : sumOfItems(marginal(usage, per))
  }
  const readings = [
    { goal: 'deliveryDollars', spread: exactly(dollarsOf(SINGLES, 'deliveries')) },
    { goal: 'eventDollars', spread: exactly(dollarsOf(HUNDREDS, 'events')) },
    ...forwarded.flatMap(({ goal, usage }) =>
      goal === null ? [] : [{ goal, spread: exactly(sumOfItems(marginal(usage, 'events'))) }],
    ),
    ...minutes
      .filter(({ sources }) => sources === WATCHED_SOURCES)
      .map(({ operations }) => ({
        goal: 'watchDollars' as const,
        spread: exactly(readDollars + monthOfMinutes(operations) / (PRICED_AT / 1e6)),
      })),
    { goal: 'archivedDollars' as const, spread: exactly(archivedDollars(archived)) },
  ] as const
  console.log(`## Goals\n\n${goalsText(readings, !quick)}`)
  if (values.out !== undefined) {
    const workloads = costed.map(({ name, byVolume }) => ({ name, byVolume: Object.fromEntries(byVolume) }))
    const destinations = forwarded.map(({ name, usage }) => ({ name, usage }))
    await writeFile(
      values.out,
      `${JSON.stringify({ at: new Date(), machine: machine(), workloads, destinations, watch: { read, minutes }, archived }, null, 2)}\n`,
    )
  }
  return quick || !isShort(readings)
}

process.exit((await cost()) ? 0 : 1)
