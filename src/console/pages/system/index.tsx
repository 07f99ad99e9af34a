/** The system: what Postern stands on and keeps, one card a part. Old addresses of a part lead to its card. */
import type { ConsoleContext } from '../../context.ts'
import { mayEverywhere, seesAll } from '../../access/actor.ts'
import { healthAnswer } from '../../api/health.ts'
import { answered } from '../../request-context.ts'
import { answerPage } from '../answer.tsx'
import { Cards, Empty, NoticeLine } from '../components.tsx'
import { moved } from '../moved.ts'
import type { PageRoute } from '../route.ts'
import { ArchiveCard, archivePages, readArchive } from './archive.tsx'
import { BackupsCard, backupPages, readBackups } from './backups.tsx'
import { SYSTEM_NOTICES, SYSTEM_PATH } from './card.tsx'
import { ConfigurationCard, configurationPages } from './configuration.tsx'
import { DrillsCard, drillPages, readDrills } from './drills.tsx'
import { HealthCard } from './health.tsx'
import { RetentionCard, retentionPages } from './retention.tsx'

async function showSystem(c: ConsoleContext): Promise<Response> {
  const context = c.get('context')
  const isAdmin = mayEverywhere(context.actor, 'admin')
  return answerPage(
    c,
    {
      title: 'System',
      aside: (
        <a id="look" class="button" href="/look" data-open="dialog">
          Look and time zone
        </a>
      ),
    },
    <>
      <NoticeLine notice={SYSTEM_NOTICES.of(new URL(c.req.url).searchParams)} />
      {seesAll(context.actor) ? (
        await cardsFor(c, isAdmin)
      ) : (
        <Empty>Your token is for some sources. What they stand on is shown to whoever sees all.</Empty>
      )}
    </>,
  )
}

async function cardsFor(c: ConsoleContext, isAdmin: boolean) {
  const context = c.get('context')
  const { registry } = context
  const [health, sealed, retention, archive, backups, drills] = await Promise.all([
    answered(context, 'health', () => healthAnswer(context)),
    isAdmin ? answered(context, 'registry', () => registry.masterKeys.secretsByVersion()) : undefined,
    answered(context, 'retention', () => registry.retention.read()),
    readArchive(context),
    isAdmin ? readBackups(context) : undefined,
    readDrills(context),
  ])
  return (
    <>
      {health !== undefined && (
        <Cards>
          <HealthCard health={health} sealed={sealed?.secrets} />
        </Cards>
      )}
      <Cards>
        <RetentionCard state={retention} />
        <ArchiveCard archive={archive} isBound={context.archive !== undefined} />
        {isAdmin && <BackupsCard backups={backups} />}
        <DrillsCard {...drills} />
        {isAdmin && <ConfigurationCard />}
      </Cards>
    </>
  )
}

export const systemPages: readonly PageRoute[] = [
  { path: SYSTEM_PATH, who: 'viewer', get: showSystem },
  moved('/settings', SYSTEM_PATH),
  ...['retention', 'archive', 'backups', 'drills'].map((id) => moved(`/${id}`, `${SYSTEM_PATH}#${id}`)),
  ...configurationPages,
  ...retentionPages,
  ...archivePages,
  ...backupPages,
  ...drillPages,
]
