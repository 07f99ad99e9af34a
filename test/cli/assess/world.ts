/** A real installation with proxies in front, and assessments of it that wait for nothing. */
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Assessment, assess } from '../../../src/cli/assess/assess.ts'
import type { Probe } from '../../../src/cli/assess/probe.ts'
import type { Io } from '../../../src/cli/command.ts'
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

export interface Change {
  readonly gateway?: URL
  readonly console?: string
  readonly io?: Partial<Io>
}

export const assessed = (
  probes: readonly Probe[],
  { gateway, console, postern }: Installation,
  change: Change = {},
): Promise<Assessment> =>
  assess(
    change.gateway ?? gateway.url,
    change.console ?? console.url.href,
    probes,
    {
      stdin: async () => Buffer.from(''),
      stdinParts: async function* () {},
      print: () => undefined,
      browse: () => undefined,
      terminal: NO_TERMINAL,
      environment: { POSTERN_CONFIG: '/nonexistent', POSTERN_TOKEN: postern.secrets.ADMIN_TOKEN },
      nowSeconds: 0,
      nowMs: Date.now,
      sleep: async () => undefined,
      endedByPerson: () => new AbortController().signal,
      ...change.io,
    },
    () => undefined,
  )

/** Everything that a probe yields. */
export async function collected<T>(found: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of found) all.push(one)
  return all
}
