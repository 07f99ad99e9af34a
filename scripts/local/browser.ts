/** A real browser, from npm: no system package is needed where npm's one runs. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import chromiumOfNpm, { inflate } from '@sparticuz/chromium'
import { type Browser, chromium } from 'playwright-core'

/** Our own pages only, so the sandbox that containers do not allow is not missed. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none']

/**
 * Of a browser's context in which nothing moves. Chromium reports a transition between pages that a slow machine aborts as an error
 * of the page.
 */
export const STILL = { reducedMotion: 'reduce' } as const

/** Starts the browser. npm's one is for Linux on x64; elsewhere it is the Chrome of the machine. */
export async function launchBrowser(): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return chromium.launch({ channel: 'chrome', args: FLAGS })
  const unpacked = await onDisk(async () => {
    const executablePath = await chromiumOfNpm.executablePath()
    return { executablePath, ...(starts(executablePath) ? {} : { env: await ownSurroundings() }) }
  })
  return chromium.launch({ ...unpacked, args: FLAGS })
}

/** Unpacks into the temporary folder of the machine: that of the tests is empty each time. */
async function onDisk<Result>(unpack: () => Promise<Result>): Promise<Result> {
  const { TMPDIR, TMPDIR_ON_DISK = tmpdir() } = process.env
  try {
    process.env['TMPDIR'] = TMPDIR_ON_DISK
    return await unpack()
  } finally {
    if (TMPDIR === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = TMPDIR
  }
}

const starts = (executable: string): boolean => spawnSync(executable, ['--version']).status === 0

/** The package brings the libraries and fonts that a bare machine lacks; it sets them up by itself on Lambda only. */
async function ownSurroundings(): Promise<NodeJS.ProcessEnv> {
  const inside = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const libraries = await inflate(join(inside, '..', '..', 'bin', 'al2023.tar.br'))
  return {
    ...process.env,
    LD_LIBRARY_PATH: join(libraries, 'lib'),
    FONTCONFIG_PATH: process.env['FONTCONFIG_PATH'] ?? join(tmpdir(), 'fonts'),
  }
}
