import type { Child, FC } from 'hono/jsx'

/** Values that the tables of the page need beside their rows. */
export interface PartView {
  /** Of the destination's page. */
  readonly path: string
  readonly formToken: string
  /** Actions that somebody may not take have no button. */
  readonly mayAct: boolean
  readonly nowMs: number
}

interface PartProps {
  readonly id: string
  readonly title: string
  readonly lead?: string
  readonly aside?: Child
  readonly children?: Child
}

/** One part of the page. */
export const Part: FC<PartProps> = ({ id, title, lead, aside, children }) => (
  <section id={id} aria-labelledby={`${id}-title`} tabindex={-1}>
    <header class="section-head">
      <div>
        <h2 id={`${id}-title`}>{title}</h2>
        {lead === undefined ? '' : <p class="lead">{lead}</p>}
      </div>
      {aside === undefined ? '' : <div class="aside buttons">{aside}</div>}
    </header>
    {children}
  </section>
)

/** An RFC 3339 time as milliseconds, for `When`. */
export const msOf = (at: string | null | undefined): number | undefined =>
  at === null || at === undefined ? undefined : Date.parse(at)
