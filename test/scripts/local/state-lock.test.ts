import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockState, unlockState } from '../../../scripts/local/state-lock.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Larger than any process id on Linux (2^22) and macOS. */
const NOBODY = 99_999_999

describe('the lock of a state folder', () => {
  it('is held until it is given back', async () => {
    expect(await lockState(folder, process.pid)).toBeUndefined()
    expect(await lockState(folder, NOBODY)).toEqual({ pid: process.pid })
    await unlockState(folder)
    expect(await lockState(folder, process.pid)).toBeUndefined()
  })

  it.each([
    ['a process that is gone', String(NOBODY)],
    ['a write that was cut off', ''],
    ['something else', 'x'],
  ])('of %s counts for nothing', async (_whose, text) => {
    await writeFile(join(folder, 'lock'), text)
    expect(await lockState(folder, process.pid)).toBeUndefined()
    expect(await readFile(join(folder, 'lock'), 'utf8')).toBe(String(process.pid))
  })
})
