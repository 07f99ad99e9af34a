/** A real installation with proxies in front, and assessments of it with a clock that runs ten times as fast. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { assess } from '../../../src/cli/assess/assess.ts'
import type { Probe } from '../../../src/cli/assess/probe.ts'
import type { Assessment } from '../../../src/api/assessments.ts'
import type { Io } from '../../../src/cli/command.ts'
import { jsonOf } from '../../../src/simulator/http.ts'
import { type Postern, startPostern } from '../../e2e/postern.ts'
import { NO_TERMINAL } from '../run.ts'
import { type Planted, plantedAt } from './planted.ts'

export interface Installation {
  readonly postern: Postern
  readonly gateway: Planted
  readonly console: Planted
}

export function withPlantable(): Installation {
  const installed = {} as { -readonly [Part in keyof Installation]: Installation[Part] }
  beforeAll(async () => {
    installed.postern = await startPostern()
    installed.gateway = await plantedAt(installed.postern.runtime.url('gateway'))
    installed.console = await plantedAt(installed.postern.runtime.url('console'))
  })
  beforeEach(() => {
    installed.gateway.plant()
    installed.console.plant()
  })
  afterAll(async () => {
    await installed.gateway?.close()
    await installed.console?.close()
    await installed.postern?.runtime.close()
  })
  return installed
}

/** A clock that runs so many times as fast, and waits that are as much shorter. */
export function hurried(times: number): Pick<Io, 'nowMs' | 'sleep'> {
  const startMs = Date.now()
  return {
    nowMs: () => startMs + (Date.now() - startMs) * times,
    sleep: (ms) => sleep(ms / times),
  }
}

export interface Change {
  readonly gateway?: URL
  readonly console?: string
  readonly io?: Partial<Io>
}

export const assessed = async (
  probes: readonly Probe[],
  { gateway, console, postern }: Installation,
  change: Change = {},
): Promise<Assessment> =>
  (
    await assess(
      { gateway: change.gateway ?? gateway.url, console: change.console ?? console.url.href, probes },
      {
        stdin: async () => Buffer.from(''),
        stdinParts: async function* () {},
        print: () => undefined,
        browse: () => undefined,
        terminal: NO_TERMINAL,
        environment: { POSTERN_CONFIG: '/nonexistent', POSTERN_TOKEN: postern.secrets.ADMIN_TOKEN },
        nowSeconds: 0,
        endedByPerson: () => new AbortController().signal,
        ...hurried(10),
        ...change.io,
      },
      () => undefined,
    )
  ).report

/** Everything that a probe yields. */
export async function collected<T>(found: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of found) all.push(one)
  return all
}

/** Things of an assessment that are still at the console: names of sources, tokens that are valid, and so on. */
export async function leftAt({ postern }: Installation) {
  const read = async (path: string) => jsonOf(await postern.console.get(path)) as Record<string, Named[]>
  const { sources = [] } = await read('/api/sources')
  const { tokens = [] } = await read('/api/tokens')
  const { quarantine = [] } = await read('/api/quarantine')
  const { sessions = [] } = await read('/api/sessions')
  const { events = [] } = await read('/api/events')
  return {
    sources: sources.map(({ name }) => name),
    tokens: tokens.filter(({ revoked_at: at }) => at === null).map(({ name }) => name),
    quarantine,
    sessions,
    events,
  }
}

interface Named {
  readonly name: string
  readonly revoked_at?: string | null
}
