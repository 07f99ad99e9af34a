/**
 * Test files that guard a release: `npm run test:release` runs them, and `npm test` leaves them out. They take most of the time, drive
 * tools, browsers and whole installations for minutes, and seldom fail if the other tests pass.
 */
export const RELEASE = [
  // Real Wrangler against a fake of Cloudflare's API.
  'test/scripts/deploy/back.test.ts',
  'test/scripts/deploy/deploy.test.ts',
  'test/scripts/deploy/person.test.ts',
  'test/scripts/deploy/rotate.test.ts',
  'test/scripts/deploy/upgrade.test.ts',
  'test/scripts/deploy/smoke-test.test.ts',

  // A browser: `test/projects.test.ts` asks for those that are missing here.
  'test/e2e/console.test.ts',
  'test/e2e/dead-destination.test.ts',
  'test/e2e/live-list.test.ts',
  'test/e2e/source-setup.test.ts',
  'test/e2e/watch-pages.test.ts',
  'test/e2e/without-script.test.ts',

  // The state of earlier versions, and two versions that run beside each other.
  'test/e2e/states.test.ts',
  'test/e2e/upgrade.test.ts',

  // Whole installations that are played with for minutes. `test/e2e/path.test.ts` and others stay with the tests of every day.
  'test/cli/console.test.ts',
  'test/e2e/archive.test.ts',
  'test/e2e/archive-pull.test.ts',
  'test/e2e/channels.test.ts',
  'test/e2e/containment.test.ts',
  'test/e2e/erasure.test.ts',
  'test/e2e/incidents.test.ts',
  'test/e2e/master-key.test.ts',
  'test/e2e/outage.test.ts',
  'test/e2e/restore.test.ts',
  'test/e2e/sign-source.test.ts',
  'test/e2e/silent-consumer.test.ts',

  // Failures, drills and rotations, played under load.
  'test/e2e/destinations.test.ts',
  'test/e2e/drill.test.ts',
  'test/e2e/drivers.test.ts',
  'test/e2e/failover-drill.test.ts',
  'test/e2e/failover/failover.test.ts',
  'test/e2e/failover/redis-guard.test.ts',
  'test/e2e/failover/redis-quota.test.ts',
  'test/e2e/restore-drill.test.ts',
  'test/e2e/rotate-master-key.test.ts',
  'test/e2e/rotation.test.ts',
  'test/e2e/ten-thousand.test.ts',

  // `npm start`, npm itself and the package, as a person has them.
  'test/e2e/start.test.ts',
  'test/e2e/stops.test.ts',
  'test/scripts/local/workerd.test.ts',
  'test/scripts/package.test.ts',
  'test/scripts/swallowed-options.test.ts',

  // Measurements, and judges that others wrote.
  'test/bench/bench.test.ts',
  'test/bench/cost.test.ts',
  'test/scripts/detection/nab.test.ts',
  'test/scripts/detection/streams.test.ts',
  'test/scripts/judges/judges.test.ts',
]
