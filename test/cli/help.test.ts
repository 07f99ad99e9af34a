/** Rules for every command: help with an example, JSON for programs, nothing secret among the arguments. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AnyCommand, Cli } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/commands/index.ts'
import { program } from '../../src/cli/program.ts'
import { EXITS } from '../../src/cli/exits.ts'
import { ROOT } from '../../scripts/workers.ts'
import { run } from './run.ts'

/** Nothing of it is used before a command runs. */
const NOTHING = {} as Cli

const leaves = (command: AnyCommand, above: readonly string[]): { path: string[]; command: AnyCommand }[] => {
  const here = [...above, command.name()]
  return command.commands.length === 0
    ? [{ path: here, command }]
    : command.commands.flatMap((one) => leaves(one, here))
}
const NAMES = COMMANDS.map(([term]) => term.replace(/ .*/, ''))
const ROOT_COMMAND = await program(
  NOTHING,
  () => undefined,
  () => true,
)
const ALL = ROOT_COMMAND.commands.flatMap((one) => leaves(one, []))

describe('every command', () => {
  it('is there once', () => {
    const names = ALL.map((one) => one.path.join(' '))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(
      expect.arrayContaining(['verify', 'sign', 'apply', 'sources list', 'tail', 'doctor']),
    )
  })

  it.each(ALL)(
    '$path has help with an example of itself, and says what every option is',
    async ({ path: words, command }) => {
      const { code, out } = await run([...words, '--help'])
      expect(code).toBe(0)
      expect(out).toMatch(new RegExp(`^Usage: postern ${words.join(' ')}`))
      expect(out.split('\nExample:\n')[1]).toContain(`postern ${words.join(' ')}`)
      expect(command.summary()).toMatch(/^[A-Z].*\.$/)
      expect(command.options.filter(({ description }) => description.trim() === '')).toEqual([])
    },
  )

  it.each(ALL.filter((one) => one.path[0] !== 'completion'))('$path speaks JSON', ({ command }) => {
    expect(command.options.map(({ long }) => long)).toContain('--json')
  })

  it.each(ALL)('$path takes no secret as an argument', ({ command }) => {
    const names = [
      ...command.options
        .filter(({ required, optional, flags }) => (required || optional) && !flags.endsWith('<FILE>'))
        .map((option) => option.attributeName()),
      ...command.registeredArguments.map((argument) => argument.name().toLowerCase()),
    ]
    const secrets = names.filter((name) => /token|secret|password|credential|value|key/i.test(name))
    // A policy about used tokens, whose value is no token.
    expect(secrets.filter((name) => name !== 'containmentTokenReuse')).toEqual([])
  })
})

describe('docs/command-line.md', () => {
  it('has every command in its table', async () => {
    const rows = (await readFile(`${ROOT}docs/command-line.md`, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('|'))
    const absent = NAMES.filter((name) => !rows.some((row) => row.split('|')[1]?.includes(`\`${name}\``)))
    expect(absent).toEqual([])
  })
})

describe('help', () => {
  it('lists all commands and all exit codes', async () => {
    const { out } = await run(['help'])
    for (const name of NAMES) expect(out).toContain(`  postern ${name}`)
    for (const [code, meaning] of Object.values(EXITS))
      expect(out).toMatch(new RegExp(`^ {2}${code} +${meaning.replaceAll(/[()]/g, '.')}$`, 'm'))
  })

  it.each([
    ['an unknown verb', ['sources', 'paint'], /no such command/],
    ['a noun alone', ['sources'], undefined],
    ['a number that is none', ['events', 'list', '--limit', 'seven-secret'], /^--limit: A whole number/],
    ['a duration that is none', ['secrets', 'rotate', 'a', 'b', '--grace', 'secret'], /^--grace: A duration/],
    ['an option with a secret', ['sources', 'list', '--token=secret'], /option --token is unknown/],
    ['an option that looks like a secret', ['sources', 'list', '--x9Secretsecret1'], /An option is unknown/],
    ['a mistyped option', ['sources', 'list', '--jsom'], /option --jsom is unknown. Did you mean --json\?/],
    ['a mistyped command', ['sorces', 'list'], /no such command. Did you mean postern sources\?/],
    ['a mistyped verb', ['sources', 'lisst'], /Did you mean postern sources list\?/],
    [
      'a role that is none',
      ['tokens', 'create', 'x', '--role', 'secret'],
      /^--role: .*viewer, operator, admin/,
    ],
    ['a time that is none', ['events', 'list', '--since', 'secret'], /^--since: .*a duration before now/],
    [
      'a time of a replay that is none',
      ['destinations', 'replay', 'a', '--until', 'secret'],
      /^--until: A time/,
    ],
    ['an argument that is none', ['incidents', 'show', 'secret'], /^NUMBER: A whole number/],
    ['an emergency with nobody to ask', ['secrets', 'rotate', 'a', 'b', '--emergency'], /--yes/],
    ['a grace of nothing with nobody to ask', ['secrets', 'rotate', 'a', 'b', '--grace', '0s'], /--yes/],
    ['an activation without grace', ['secrets', 'activate', 'a', 'b', '2', '--grace', '0s'], /--yes/],
    ['an argument too many', ['sources', 'list', 'secret'], /takes no argument/],
    ['an option without its value at the end', ['sign', 'sendgrid', '--put'], /option --put lacks its value/],
    [
      'an option without its value before another',
      ['sign', 'sendgrid', '--put', '--to', 'http://localhost/secret'],
      /option --put lacks its value/,
    ],
    ['a required option', ['incidents', 'review', '1'], /option --[a-z]+ must be given/],
    ['a missing argument', ['messages', 'show', 'shop'], /Name one SOURCE .* and one MESSAGE_ID/],
    ['an assignee', ['incidents', 'assign', '7'], /^Say who takes care of it, or --nobody\./],
    [
      'an assignee or nobody',
      ['incidents', 'assign', '7', 'ada', '--nobody'],
      /^Say who takes care of it, or/,
    ],
    ['neither one nor all', ['dead-letters', 'redrive'], /or say --all/],
    ['one and a filter', ['quarantine', 'replay', 'secret', '--source', 'shop'], /or say --all/],
    ['http to another machine', ['sources', 'list', '--url', 'http://example.com'], /must be https/],
    [
      'credentials in the URL',
      ['sources', 'list', '--url', 'https://a:secret@example.com'],
      /holds credentials/,
    ],
    ['a shell that is none', ['completion', 'powershell'], /no script for that shell/],
  ])('is what %s needs, without what was typed', async (_what, args, words) => {
    const { code, complaints } = await run(args, '', { POSTERN_TOKEN: 'x' })
    expect(code).toBe(2)
    if (words !== undefined) expect(complaints).toMatch(words)
    expect(complaints).not.toContain('secret')
  })
})

describe('the table of commands', () => {
  it('says the arguments that each command takes', async () => {
    const known = await program(
      NOTHING,
      () => undefined,
      () => false,
    )
    const termsOf = (command: AnyCommand) =>
      command.commands.map((one) => command.createHelp().subcommandTerm(one))
    expect(termsOf(known)).toEqual(termsOf(ROOT_COMMAND))
  })
})

describe('--version', () => {
  it('prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string }
    expect(await run(['--version'])).toMatchObject({ code: 0, out: `${version}\n` })
  })

  // Each module costs a hundredth of a second and more, since its types are stripped and its schemas are made.
  it('loads the table of commands and no command, and keeps what was compiled', () => {
    const hooks = `import { getCompileCacheDir, registerHooks } from 'node:module'
      registerHooks({ load: (url, ...more) => (process.stdout.write(url + '\\n'), more[1](url, more[0])) })
      process.on('exit', () => process.stdout.write(getCompileCacheDir() + '\\n'))`
    const { NODE_COMPILE_CACHE: _ofTests, ...env } = process.env
    const loaded = execFileSync(
      process.execPath,
      [
        '--import',
        `data:text/javascript,${encodeURIComponent(hooks)}`,
        `${ROOT}scripts/postern.ts`,
        '--version',
      ],
      { encoding: 'utf8', env },
    )
    expect(loaded).toContain(`\n${ROOT}node_modules/.cache/node`)
    const modules = loaded.match(/^file:.*(?<!node_modules.*)\.ts$/gm) ?? []
    expect(modules).toContainEqual(expect.stringMatching(/commands\/index\.ts$/))
    expect(modules.length).toBeLessThanOrEqual(20)
  })
})

describe('completion', () => {
  const has = (shell: string): boolean => {
    try {
      execFileSync(shell, ['-c', 'exit 0'])
      return true
    } catch {
      return false
    }
  }

  it('for bash knows what can come next', async () => {
    if (!has('bash')) return
    const { out } = await run(['completion', 'bash'])
    const line = (...words: string[]) => {
      const asked = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _postern; echo "\${COMPREPLY[*]}"`
      return execFileSync('bash', ['-c', `${out}\n${asked}`], { encoding: 'utf8' }).trim()
    }
    expect(line('postern', 'sour')).toBe('sources')
    expect(line('postern', 'sources', '')).toBe('list show put set remove setup check mend contain --help')
    expect(line('postern', 'secrets', 'rotate', 'shop', 'hmac', '--em')).toBe('--emergency')
    expect(line('postern', '--url', 'x', 'events', 'list', '--so')).toBe('--source')
    // As the papers say it, in a checkout.
    const called = `npx() { echo npx "$@"; }\n${out}\npostern doctor --json`
    expect(
      execFileSync('bash', ['-c', called], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } }).trim(),
    ).toBe('npx postern doctor --json')
  })

  it.each(['bash', 'zsh', 'fish'])(
    'for %s parses, where the shell is there, and names every command',
    async (shell) => {
      const { out, code } = await run(['completion', shell])
      expect(code).toBe(0)
      for (const name of NAMES) expect(out).toContain(name)
      if (!has(shell)) return
      const folder = await mkdtemp(path.join(tmpdir(), 'postern-completion-'))
      try {
        await writeFile(path.join(folder, 'script'), out)
        execFileSync(shell, ['-n', path.join(folder, 'script')])
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )
})
