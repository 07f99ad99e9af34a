/** The runtime of `npm start` ends with the process that started it, however that one ended. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ROOT } from '../../../scripts/workers.ts'

/** Starts the script as Miniflare does, with a pipe more, and says the process that the script became. */
const PARENT = `
  const { spawn } = require('node:child_process')
  const child = spawn(process.argv[1], [], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  child.stdout.once('data', () => console.log(child.pid))
`

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function endsWithin(pid: number, ms: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < ms && isAlive(pid); waitedMs += 50) await sleep(50)
  return !isAlive(pid)
}

it.skipIf(process.platform === 'win32').each([
  ['where the kernel tells it', process.env['PATH'] ?? ''],
  ['where it has to look', ''],
])('ends with its parent, %s', async (_, searched) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'workerd-'))
  let parent: ChildProcess | undefined
  try {
    const runtime = path.join(folder, 'runtime.mjs')
    await writeFile(
      runtime,
      `#!${process.execPath}\nconsole.log('runs')\nsetTimeout(() => undefined, 60_000)\n`,
      { mode: 0o755 },
    )
    // Without setpriv, which is Linux's.
    const bin = path.join(folder, 'bin')
    await mkdir(bin)
    await symlink('/bin/sleep', path.join(bin, 'sleep'))
    parent = spawn(process.execPath, ['-e', PARENT, `${ROOT}scripts/local/workerd.sh`], {
      env: { PATH: searched === '' ? bin : searched, POSTERN_WORKERD: runtime },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said] = (await once(parent.stdout!, 'data')) as [Buffer]
    const pid = Number(said)
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    expect(await endsWithin(pid, 5_000)).toBe(true)
  } finally {
    parent?.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
})
