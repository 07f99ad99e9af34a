/** Whether the first page loads itself again, and how a reader stops that. */
import type { FC } from 'hono/jsx'
import type { ConsoleContext } from '../context.ts'
import { whoWord } from '../messages/actor.ts'
import { ACCESS_PATH } from './access/path.ts'
import { Action } from './components.tsx'
import { useView } from './view.ts'

const EVERY_SECONDS = 5
/** Delay before a refresh removes the notice of the last action, so that people can read it. */
const AFTER_NOTICE_SECONDS = 20

/** Remembers that the reader stopped it. Says nothing about who they are. */
const COOKIE = 'postern_live'
const YEAR_SECONDS = 31_536_000

export interface LiveState {
  readonly live: boolean
  /** Contents of the refresh; absent when the page stands still. */
  readonly refresh: string | undefined
}

/**
 * `?live=0` and `?live=1` decide and are remembered; else what was decided last, and live when nothing was.
 *
 * @param noticed the section that shows what came of the last action
 */
export function liveState(c: ConsoleContext, noticed: string | undefined): LiveState {
  const asked = c.req.query('live')
  const remembered = (c.req.header('cookie') ?? '').split(/; ?/).includes(`${COOKIE}=0`) ? '0' : '1'
  if (asked === '0' || asked === '1') {
    c.header('set-cookie', `${COOKIE}=${asked}; Path=/; Max-Age=${YEAR_SECONDS}; HttpOnly; SameSite=Strict`, {
      append: true,
    })
  }
  const live = (asked ?? remembered) !== '0'
  if (!live) return { live, refresh: undefined }
  return {
    live,
    refresh: noticed === undefined ? String(EVERY_SECONDS) : `${AFTER_NOTICE_SECONDS}; url=/#${noticed}`,
  }
}

/** The corner of the first page: how live it is, and the way out. */
export const Corner: FC<{ live: boolean }> = ({ live }) => (
  <>
    <span class={live ? 'live' : 'live paused'}>
      {live ? `Updates every ${EVERY_SECONDS} s` : 'Updates are paused'}
    </span>
    {live ? <a href="/?live=0">Pause</a> : <a href="/?live=1">Resume</a>}
    {!live && <a href="/">Refresh</a>}
    <a href={ACCESS_PATH}>{whoWord(useView().actor)}</a>
    <Action action="/logout" label="Log out" quiet />
  </>
)
