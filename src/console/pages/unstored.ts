import { historySince } from '../../store/history.ts'
import { may } from '../access/actor.ts'
import type { ConsoleContext } from '../context.ts'
import { historyWords } from '../messages/history.ts'
import { answerNotice } from './answer.tsx'

/** Ids are encrypted under a key of each audience; docs/decisions/021-event-id.md. */
const OTHER_IDS =
  'As a viewer you see events under ids of their own, so the link of an operator or admin names none here: search for its request or message.'

/** 404, with the time before which events are not stored any more. */
export async function answerUnstored(c: ConsoleContext, title: string, detail: string): Promise<Response> {
  const { store, actor } = c.get('context')
  const since = await historySince(store)
  const words = [detail, may(actor, 'operator') ? '' : OTHER_IDS, since === null ? '' : historyWords(since)]
  return answerNotice(c, 404, title, words.filter(Boolean).join(' '))
}
