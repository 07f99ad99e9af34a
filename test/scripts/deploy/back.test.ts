/** `--back` past what code alone cannot go back past. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { back } from '../../../scripts/deploy/back.ts'
import { deployOptions } from '../../../scripts/deploy/options.ts'
import { type Release, previousOf } from '../../../scripts/deploy/release.ts'
import { type Script, type Version, emptyAccount } from './fake/account.ts'
import { type Fake, startFake } from './fake/index.ts'
import { changeSecret } from './fake/routes.ts'
import { depsOf, nobody } from './fake/run.ts'

const GATEWAY = 'postern-gateway-x'
const CONSUMER = 'postern-consumer-x'
const CONSOLE = 'postern-console-x'

const BEFORE: Release = {
  id: '20261101T000000Z',
  version: '0.1.0',
  commit: '1'.repeat(40),
  code: 'a',
  all: 'a',
  bookmark: '0000-1',
  migrations: { '0001_a.sql': '1' },
  classes: ['Guard', 'Registry'],
}
const NOW: Release = {
  ...BEFORE,
  id: '20261127T000000Z',
  version: '0.2.0',
  commit: '2'.repeat(40),
  code: 'b',
  all: 'b',
  migrations: { ...BEFORE.migrations, '0002_b.sql': '2', '0003_c.sql': '3' },
  previous: previousOf(BEFORE),
}

/** As 0.2.0 wrote it. */
const EARLIER = {
  id: '2',
  version: '0.2.0',
  code: 'a',
  bookmark: '',
  migrations: 1,
  classes: [],
} as unknown as Release

const versionOf = (release: Release, secrets: ReadonlyMap<string, string>): Version => ({
  id: `version ${release.id}`,
  bindings: [{ type: 'plain_text', name: 'POSTERN_RELEASE', text: JSON.stringify(release) }],
  annotations: {},
  classes: release.classes,
  secrets,
})

/** A Worker that had these releases, the oldest first. */
function scriptOf(...releases: readonly Release[]): Script {
  const secrets = new Map([
    ['ADMIN_TOKEN', 'a'],
    ['MASTER_KEY', 'm'],
  ])
  const versions = releases.map((release) => versionOf(release, new Map(secrets)))
  return {
    versions,
    deployments: versions
      .map(({ id }) => ({ id: `deployment of ${id}`, version: id, annotations: {}, strategy: undefined }))
      .toReversed(),
    secrets,
    crons: [],
    workersDev: true,
  }
}

let fake: Fake
beforeAll(async () => {
  fake = await startFake()
})
afterAll(() => fake.close())
beforeEach(() => {
  fake.account = emptyAccount()
  for (const name of [GATEWAY, CONSUMER, CONSOLE]) fake.account.scripts.set(name, scriptOf(BEFORE, NOW))
})

const scriptNamed = (name: string): Script => {
  const script = fake.account.scripts.get(name)
  if (script === undefined) throw new Error(`no ${name}`)
  return script
}

async function goneBack() {
  const person = nobody()
  const end = await back(depsOf(fake, { person }), deployOptions(['--env', 'x', '--back', '--yes'])).then(
    () => 'went back',
    (cause: unknown) => String(cause),
  )
  return { end, printed: person.printed.join('\n') }
}

/** Workers that run the version before. */
const moved = (): string[] =>
  [...fake.account.scripts].flatMap(([name, { deployments }]) =>
    deployments[0]?.version === `version ${BEFORE.id}` ? [name] : [],
  )

describe('going back', () => {
  it('moves all three, and says what the database keeps', async () => {
    const { end, printed } = await goneBack()
    expect(end).toBe('went back')
    expect(moved()).toEqual([GATEWAY, CONSUMER, CONSOLE])
    expect(printed).toContain('The database keeps 0002_b.sql. 0.1.0 (commit 111111111111) of')
    expect(printed).toContain('The database keeps 0003_c.sql.')
    expect(printed).not.toContain('0001_a.sql')
    expect(printed).toMatch(
      /Messages of the newer gateway .* wait, for a day at most, for a consumer that reads them\./,
    )
    expect(printed).toContain('time-travel restore postern-store-x --bookmark=0000-1')
  })

  it.each<[what: string, change: () => void, says: RegExp, moved: string[]]>([
    [
      'a class that was added',
      () =>
        fake.account.scripts.set(
          GATEWAY,
          scriptOf(BEFORE, { ...NOW, classes: [...BEFORE.classes, 'Watch'] }),
        ),
      /no way back from 0\.2\.0 .* to 0\.1\.0 .*, neither by --back nor by --downgrade: postern-gateway-x gets the class Watch\./,
      [],
    ],
    [
      'a class that was removed, of the Worker that would go last',
      () => fake.account.scripts.set(CONSUMER, scriptOf(BEFORE, { ...NOW, classes: ['Guard'] })),
      /postern-consumer-x loses the class Registry\. Mend what is wrong in a new version and deploy it/,
      [],
    ],
    [
      'a migration that changed what the release before reads',
      () => fake.account.scripts.set(CONSOLE, scriptOf(BEFORE, { ...NOW, oneWay: ['0003_c.sql'] })),
      /no way back from 0\.2\.0 .*: 0003_c\.sql\./,
      [],
    ],
    [
      'a version whose data nothing reads',
      () => {
        for (const name of [GATEWAY, CONSUMER, CONSOLE]) fake.account.scripts.set(name, scriptOf(EARLIER))
      },
      /A version before 0\.3\.0 is deployed, .*postern-gateway-x \(0\.2\.0\).*\(npm run destroy\) and deploy anew/,
      [],
    ],
    [
      'a secret that was changed',
      () => changeSecret(scriptNamed(CONSOLE), 'ADMIN_TOKEN', 'b'),
      /A secret of postern-console-x was changed .* check out 1{40} and run npm run deploy -- --downgrade\. Nothing was changed\.$/,
      [],
    ],
    [
      'a secret that was changed, which no deployment says',
      () => scriptNamed(CONSOLE).secrets.set('ADMIN_TOKEN', 'b'),
      /A secret of postern-console-x was changed .* postern-gateway-x went back already, and works with the others\.$/,
      [GATEWAY],
    ],
    [
      'the first release',
      () => fake.account.scripts.set(GATEWAY, scriptOf(NOW)),
      /postern-gateway-x has no version before 0\.2\.0 .* there is nothing to go back to/,
      [],
    ],
  ])('past %s is refused, and says what to do', async (_what, change, says, expected) => {
    change()
    expect((await goneBack()).end).toMatch(says)
    expect(moved()).toEqual(expected)
  })

  it('past a secret that was changed before the release is no problem', async () => {
    const script = scriptOf(BEFORE)
    changeSecret(script, 'ADMIN_TOKEN', 'b')
    const next = versionOf(NOW, script.secrets)
    script.versions.push(next)
    script.deployments.unshift({ id: 'd', version: next.id, annotations: {}, strategy: undefined })
    fake.account.scripts.set(CONSOLE, script)
    expect((await goneBack()).end).toBe('went back')
  })
})
