import { historySince } from '../../store/history.ts'
import type { ConsoleContext } from '../context.ts'
import { historyWords } from '../messages/history.ts'
import { answerNotice } from './answer.tsx'

/** 404, with the time before which events are not stored any more. */
export async function answerUnstored(c: ConsoleContext, title: string, detail: string): Promise<Response> {
  const since = await historySince(c.get('context').store)
  return answerNotice(c, 404, title, since === null ? detail : `${detail} ${historyWords(since)}`)
}
