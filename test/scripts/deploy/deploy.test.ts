import { describe, expect, it } from 'vitest'
import { dryRun } from '../../../scripts/deploy/dry-run.ts'
import { DeployProblem } from '../../../scripts/deploy/problem.ts'
import { missingSecrets, namesIn, valuesFor } from '../../../scripts/deploy/secrets.ts'
import type { WranglerResult, Wrangler } from '../../../scripts/deploy/wrangler.ts'

const quiet = (): void => undefined

/** A fake Wrangler that answers by the first matching beginning of its command line. */
function fake(
  answers: readonly (readonly [beginning: string, result: WranglerResult])[],
): Wrangler & { readonly calls: string[] } {
  const calls: string[] = []
  const wrangler = async (...parameters: string[]): Promise<WranglerResult> => {
    const call = parameters.join(' ')
    calls.push(call)
    return answers.find(([beginning]) => call.startsWith(beginning))?.[1] ?? { ok: true, text: '' }
  }
  return Object.assign(wrangler, { calls })
}

const built = { ok: true, text: 'Total Upload: 10 KiB / gzip: 3 KiB' }

describe('the dry run', () => {
  it('builds gateway, consumer and console, in this order', async () => {
    const wrangler = fake([['deploy', built]])
    const lines: string[] = []
    await dryRun(wrangler, (line) => lines.push(line))
    expect(wrangler.calls).toEqual([
      'deploy --dry-run -c wrangler.toml',
      'deploy --dry-run -c src/consumer/wrangler.toml',
      'deploy --dry-run -c src/console/wrangler.toml',
    ])
    expect(lines[0]).toBe('gateway builds: 10 KiB / gzip: 3 KiB')
  })

  it.each([
    ['an error', { ok: false, text: 'no such file' }],
    ['a warning', { ok: true, text: '▲ [WARNING] Processing wrangler.toml' }],
  ])('stops at %s, and shows it', async (_what, said) => {
    const wrangler = fake([['deploy --dry-run -c src/consumer', said]])
    await expect(dryRun(wrangler, quiet)).rejects.toThrow(DeployProblem)
    await expect(dryRun(wrangler, quiet)).rejects.toThrow(said.text)
    expect(wrangler.calls).toHaveLength(4)
  })
})

describe('the secrets of a deployment', () => {
  const both = { ok: true, text: 'note\n[{"name":"MASTER_KEY","type":"secret_text"},{"name":"ADMIN_TOKEN"}]' }
  const none = { ok: false, text: 'Worker "postern" not found. [code: 10007]' }

  it('are read from JSON with words before it', () =>
    expect(namesIn(both.text)).toEqual(['MASTER_KEY', 'ADMIN_TOKEN']))

  it('are missing where the Worker is not there yet', async () => {
    expect(await missingSecrets(fake([['secret list', none]]))).toEqual({
      gateway: ['MASTER_KEY'],
      consumer: ['MASTER_KEY'],
      console: ['MASTER_KEY', 'ADMIN_TOKEN'],
    })
  })

  it('are not missing where they are', async () => {
    expect(await missingSecrets(fake([['secret list', both]]))).toEqual({
      gateway: [],
      consumer: [],
      console: [],
    })
  })

  it('cannot be asked for without a connection', async () => {
    const down = { ok: false, text: 'fetch failed' }
    await expect(missingSecrets(fake([['secret list', down]]))).rejects.toThrow('fetch failed')
  })

  it('are taken from the environment', async () => {
    const missing = { gateway: ['MASTER_KEY'], consumer: [], console: [] } as const
    expect(await valuesFor(missing, { MASTER_KEY: 'v1:kept' }, quiet)).toEqual({ MASTER_KEY: 'v1:kept' })
  })

  it('never get a second master key beside the first', async () => {
    const missing = { gateway: [], consumer: ['MASTER_KEY'], console: [] } as const
    await expect(valuesFor(missing, {}, quiet)).rejects.toThrow(/gateway and the console has a MASTER_KEY/)
  })
})
