/** `npm run bench`: compares the gateway with the minimum that the platform allows, and measures how it scales. */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Finding } from '../bench/group.ts'
import { GROUPS } from '../bench/groups/index.ts'
import { refuseSwallowed } from './swallowed-options.ts'
import { findingText, goalsText, isShort, jsonOf, machine } from '../bench/report.ts'

const OPTIONS = { quick: { type: 'boolean' }, only: { type: 'string' }, out: { type: 'string' } } as const

refuseSwallowed('bench', Object.keys(OPTIONS))
const { values } = parseArgs({ options: OPTIONS })

async function bench(): Promise<boolean> {
  const names = GROUPS.map(({ name }) => name)
  const long = GROUPS.filter(({ isLong }) => isLong === true && values.quick !== true).map(({ name }) => name)
  const wanted = values.only?.split(',') ?? names.filter((name) => !long.includes(name))
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    console.error(`--only takes ${names.join(', ')}; not ${unknown.join(', ')}.`)
    return false
  }
  // Log lines would otherwise pass through this process, which should only send requests.
  process.env['POSTERN_DISCARD_LOG'] = '1'
  const effort = values.quick === true ? 'quick' : 'full'
  const startedOn = machine()
  console.log(
    `${startedOn}; median [quartiles], in turns${effort === 'quick' ? '; quick: the numbers mean nothing' : ''}\n`,
  )
  const findings: Record<string, Finding> = {}
  for (const group of GROUPS.filter(({ name }) => wanted.includes(name))) {
    const finding = await group.run(effort)
    findings[group.name] = finding
    console.log(`${findingText(finding)}\n`)
  }
  if (values.only === undefined && long.length > 0)
    console.log(`Takes long, so it runs only if it is named: --only ${long.join(',')}.\n`)
  const readings = Object.values(findings).flatMap((finding) => finding.readings)
  if (readings.length > 0) console.log(`## Goals\n\n${goalsText(readings, effort === 'full')}`)
  if (values.out !== undefined) await writeFile(values.out, jsonOf({ at: new Date(), startedOn, findings }))
  return effort === 'quick' || !isShort(readings)
}

process.exit((await bench()) ? 0 : 1)
