/** The first five minutes with `npm start`: an attack to play, and when the watch has seen it. */
import type { FC } from 'hono/jsx'
import { MINUTE_MS } from '../../../platform/time.ts'
import type { ConsoleContext } from '../../context.ts'
import { listIncidents } from '../../incidents.ts'
import { type RequestContext, answered } from '../../request-context.ts'
import { Action, Copied, Part } from '../components.tsx'
import { useView } from '../view.ts'

/** Some minutes, since the gateway reports once a second and a minute is watched after its end. */
const MINUTES_LOOKED_AT = 4
/** The drill sends 20. The demo's own forgeries are one in four minutes. */
const FORGED_MIN = 15
const SEEN_AFTER_MS = 2 * MINUTE_MS
const DISMISSED = 'postern_attack=dismissed'

export interface DemoAttack {
  /** As it is typed into a terminal. */
  readonly command: string
  /** When the watch will have seen the attack that runs; undefined before there is one. */
  readonly seenByMs: number | undefined
}

/** Undefined outside of the demo, once the incident came, and for whoever has dismissed it. */
export async function demoAttack(c: ConsoleContext): Promise<DemoAttack | undefined> {
  const command = c.env.DEMO_ATTACK
  const context = c.get('context')
  if (command === undefined || c.req.header('cookie')?.includes(DISMISSED) === true) return undefined
  const [incidents, seenByMs] = await Promise.all([
    listIncidents(context, { kind: 'brute_force', limit: 1 }),
    runsUntil(context),
  ])
  return incidents?.length === 0 ? { command, seenByMs } : undefined
}

async function runsUntil(context: RequestContext): Promise<number | undefined> {
  const sinceMinute = Math.floor(context.nowMs / MINUTE_MS) - MINUTES_LOOKED_AT + 1
  const span = { sinceMinute, stepMinutes: 1, steps: MINUTES_LOOKED_AT, code: 'signature_mismatch' }
  const forged = await answered(context, 'refusal counts', () => context.refusalLog.byTime(span))
  const at = forged?.findIndex((count) => count >= FORGED_MIN) ?? -1
  return at < 0 ? undefined : (sinceMinute + at) * MINUTE_MS + SEEN_AFTER_MS
}

const DISMISS = '/attack/dismiss'

export const PlayAttack: FC<{ attack: DemoAttack }> = ({ attack: { command, seenByMs } }) => {
  const { nowMs } = useView()
  return (
    <Part id="attack" title="Play an attack" aside={<Action action={DISMISS} label="Dismiss" quiet />}>
      {seenByMs === undefined ? (
        <>
          <p>
            In a second terminal, in this folder: twenty deliveries under a wrong key. They are refused, and
            within two minutes an incident says so here.
          </p>
          <p>
            <Copied label="the command" text={command} />
          </p>
        </>
      ) : (
        <p role="status">
          The attack has come in, and was refused. The incident is here in about{' '}
          <strong>{Math.max(1, Math.ceil((seenByMs - nowMs) / 1_000))} s</strong>: the watch looks at each
          minute after its end.
        </p>
      )}
    </Part>
  )
}

export const dismissAttack = {
  path: DISMISS,
  who: 'viewer',
  post: (c: ConsoleContext) => {
    c.header('set-cookie', `${DISMISSED}; Path=/; SameSite=Strict`)
    return c.redirect('/', 303)
  },
} as const
