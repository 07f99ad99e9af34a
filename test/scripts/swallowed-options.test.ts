/** Options that npm keeps for itself because the two dashes before them are missing. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { swallowedOptions } from '../../scripts/swallowed-options.ts'
import { ROOT } from '../../scripts/workers.ts'

const OPTIONS = ['plan', 'env', 'dry-run', 'yes']
const of = (variables: Record<string, string>, ...given: string[]) =>
  swallowedOptions('deploy', OPTIONS, given, { npm_lifecycle_event: 'deploy', ...variables })

describe('what npm kept', () => {
  it.each([
    [
      { npm_config_parseable: 'true', npm_config_long: 'true', npm_config_all: 'true' },
      [],
      /^npm kept --plan for itself\. .*: npm run deploy -- --plan$/,
    ],
    [{ npm_config_env: 'staging' }, [], /kept --env/],
    [{ npm_config_env: 'true' }, ['staging'], /kept --env/],
    [{ npm_config_dry_run: 'true' }, [], /kept --dry-run/],
    [
      {
        npm_config_yes: 'true',
        npm_config_parseable: 'true',
        npm_config_long: 'true',
        npm_config_all: 'true',
      },
      [],
      /kept --plan and --yes .* -- --plan --yes$/,
    ],
    [
      { npm_config_parseable: 'true', npm_config_long: 'true', npm_config_all: 'true' },
      ['--yes'],
      /kept --plan/,
    ],
  ])('%j with %j is named', (variables, given, sentence) => {
    expect(of(variables as unknown as Record<string, string>, ...given)).toMatch(sentence)
  })

  it.each([
    ['nothing', {}, []],
    ['settings of npm itself', { npm_config_cache: '/x', npm_config_ignore_scripts: 'true' }, []],
    ['an answer of npm that is off', { npm_config_yes: '' }, []],
    ['a list of npm that is long', { npm_config_long: 'true', npm_config_all: 'true' }, []],
    ['an option that came as well', { npm_config_yes: 'true' }, ['--yes']],
    ['an option that came with a value', { npm_config_env: 'x' }, ['--env=x']],
    ['another way to start it', { npm_lifecycle_event: 'npx', npm_config_yes: 'true' }, []],
  ])('%s is nothing to say', (_what, variables, given) => {
    expect(of(variables as unknown as Record<string, string>, ...given)).toBeUndefined()
  })
})

describe('npm run, without the dashes', () => {
  it.each([
    ['deploy', '--plan --env=staging --back --yes'],
    ['destroy', '--env=staging'],
    ['bench', '--quick'],
    ['cost', '--out=x'],
    ['detection', '--nab=x'],
    ['postern', '--json'],
    ['postern sources list', '--json'],
  ])('%s %s is refused before anything is done', (script, options) => {
    const { status, stderr } = spawnSync(`npm run ${script} ${options}`, {
      cwd: ROOT,
      shell: true,
      encoding: 'utf8',
      // A log-in of the person who runs this must not be used, whatever happens.
      env: { PATH: process.env['PATH'], HOME: '/nowhere', CLOUDFLARE_API_BASE_URL: 'http://127.0.0.1:1' },
    })
    const [kept = ''] = /npm kept .+ for itself/.exec(stderr) ?? []
    expect(kept.match(/--[a-z]+/g)?.toSorted()).toEqual(options.match(/--[a-z]+/g)?.toSorted())
    expect(status).not.toBe(0)
  })
})
