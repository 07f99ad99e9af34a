import type { FC } from 'hono/jsx'
import { columns } from '../incidents/columns.tsx'
import { INCIDENTS_PATH } from '../incidents/path.ts'
import { Empty, Section, Table } from '../components.tsx'
import type { PageProps } from '../props.ts'

/** Incidents that are not over. */
export const Incidents: FC<{ props: PageProps }> = ({ props: { dashboard, notice, nowMs } }) => (
  <Section
    id="incidents"
    lead="What the watch found and is not over, newest first."
    notice={notice}
    aside={
      <a class="button" href={INCIDENTS_PATH}>
        All incidents
      </a>
    }
  >
    {dashboard.incidents === undefined ? (
      <Empty>The object that keeps incidents did not answer. Load the page again.</Empty>
    ) : dashboard.incidents.rows.length === 0 ? (
      <Empty>Nothing is wrong, as far as the watch knows.</Empty>
    ) : (
      <>
        <Table caption="Incidents" columns={columns(nowMs)} rows={dashboard.incidents.rows} />
        {dashboard.incidents.more ? <p class="more">There are more in the list of all incidents.</p> : ''}
      </>
    )}
  </Section>
)
