import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localSecrets } from '../../../scripts/local/dev-vars.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-'))
  path = join(folder, '.dev.vars')
})
afterEach(() => rm(folder, { recursive: true }))

describe('the secrets of this machine', () => {
  it('are made once, for their owner only, and are the same at the next start', async () => {
    const first = await localSecrets(path, {})
    const second = await localSecrets(path, {})
    expect(first.made).toEqual(['MASTER_KEY', 'ADMIN_TOKEN'])
    expect(second).toEqual({ values: first.values, others: {}, made: [] })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('hold a master key that the Workers take', async () => {
    const { values } = await localSecrets(path, {})
    expect(values['MASTER_KEY']).toMatch(/^v1:[A-Za-z0-9+/]{43}=$/)
    expect(values['ADMIN_TOKEN']?.length).toBeGreaterThanOrEqual(32)
  })

  it('come from the environment where it has them, and then leave the file alone', async () => {
    const { values, made } = await localSecrets(path, { MASTER_KEY: 'v1:x', ADMIN_TOKEN: 'mine' })
    expect(values).toEqual({ MASTER_KEY: 'v1:x', ADMIN_TOKEN: 'mine' })
    expect(made).toEqual([])
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each([
    ['plain', 'ADMIN_TOKEN=abc'],
    ['in double quotes', 'ADMIN_TOKEN="abc"'],
    ['in single quotes', " ADMIN_TOKEN = 'abc' "],
    ['without a line end before ours', 'OTHER=1\nADMIN_TOKEN=abc'],
  ])('are read %s, and other lines stay', async (_how, text) => {
    await writeFile(path, text)
    const { values, made } = await localSecrets(path, {})
    expect(values['ADMIN_TOKEN']).toBe('abc')
    expect(made).toEqual(['MASTER_KEY'])
    expect(await readFile(path, 'utf8')).toBe(`${text}\nMASTER_KEY=${values['MASTER_KEY']}\n`)
  })

  it('leave other variables of the file as they are, for all Workers', async () => {
    await writeFile(path, 'ADMIN_TOKEN=abc\nEMAIL_SERVICE_SOURCE=our-mail\n')
    expect((await localSecrets(path, {})).others).toEqual({ EMAIL_SERVICE_SOURCE: 'our-mail' })
  })
})
