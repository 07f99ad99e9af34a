/** Asks the ESPs of the demo, which run in the process of `npm start` on this machine. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonOf, send } from '../../simulator/http.ts'
import { ESPS_FILE, type EspsAsk, type EspsNote, type SignedRequest } from '../../simulator/demo/esps.ts'
import type { Io } from '../command.ts'
import { checkoutFor } from '../checkout.ts'
import { stateDirIn } from '../local-state.ts'
import { Stop } from '../stop.ts'
import type { DrillWorld } from './drill.ts'

/** @throws {Stop} if `npm start` does not run, or does not simulate this source */
export async function demoSigner(
  io: Io,
  source: string,
): Promise<Pick<DrillWorld, 'sign' | 'pause' | 'switchOff'>> {
  const { folder } = checkoutFor(io, 'A drill of a demo source')
  const path = join(stateDirIn(folder, io.environment), ESPS_FILE)
  const note = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as EspsNote,
    () => undefined,
  )
  if (note === undefined) throw notSimulated(source)
  const ask = async (asked: EspsAsk): Promise<unknown> => {
    const answer = await send(new URL(note.url), {
      method: 'POST',
      headers: { authorization: `Bearer ${note.token}` },
      body: Buffer.from(JSON.stringify(asked)),
    }).catch(() => undefined)
    if (answer?.status !== 200) throw notSimulated(source)
    return jsonOf(answer)
  }
  return {
    async sign(events, nowSeconds) {
      const signed = (await ask({ ask: 'sign', source, events, nowSeconds })) as SignedRequest
      const { method, query, headers, bodyBase64, address } = signed
      const body = Buffer.from(bodyBase64, 'base64')
      return { request: { method, query, headers, body, proofHeaders: [], bodyIsSigned: true }, address }
    },
    async pause(seconds) {
      await ask({ ask: 'pause', source, seconds })
    },
    async switchOff() {
      await ask({ ask: 'switch_off', source })
    },
  }
}

const notSimulated = (source: string) =>
  new Stop(
    'no',
    'not_simulated',
    `npm start does not simulate ${source} on this machine: start it, with the same STATE_DIR, and without DEMO=0.`,
  )
