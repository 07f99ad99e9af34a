/** Processor time of the local runtime: an upper bound of the billed time, since it includes queue and database. */
import { readFile, readdir } from 'node:fs/promises'

/** Linux counts in units of 10 ms. */
const MS_A_TICK = 10

/** Milliseconds so far of all runtimes that this process has started; `undefined` if the system does not report it. */
export async function runtimeCpuMs(): Promise<number | undefined> {
  try {
    const ids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name))
    const times = await Promise.all(ids.map(ticksOfChild))
    return times.reduce((sum, ticks) => sum + ticks, 0) * MS_A_TICK
  } catch {
    return undefined
  }
}

async function ticksOfChild(id: string): Promise<number> {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '')
  // The name in brackets may contain spaces. After it come state, parent, and at 12 and 13 the times.
  const [name, rest] = [/\((.*)\)/.exec(text)?.[1], text.slice(text.lastIndexOf(')') + 2)]
  const fields = rest.split(' ')
  if (name !== 'workerd' || Number(fields[1]) !== process.pid) return 0
  return Number(fields[11]) + Number(fields[12])
}
