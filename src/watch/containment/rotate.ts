/** An emergency rotation as a containment: only of a secret that Postern generates and sets at the ESP, so that nobody has to fetch it. */
import type { Who } from '../../registry/audit/entry.ts'
import type { Member } from '../../registry/members.ts'
import type { ContainResult, Containment } from '../../registry/containment/containment.ts'

export async function rotateNow(
  sources: Pick<Member<'sources'>, 'find' | 'changeSecret'>,
  {
    source,
    slot,
    incident,
    nowMs,
  }: Pick<Containment, 'source' | 'incident'> & { slot: string; nowMs: number },
  who: Who,
): Promise<ContainResult> {
  const view = await sources.find(source)
  if (view === null) return { ok: false, code: 'source_unknown' }
  const rotation = view.rotations.find((one) => one.slot === slot)
  if (rotation === undefined) return { ok: false, code: 'secret_unknown' }
  if (!rotation.generated || !rotation.installed) return { ok: false, code: 'value_needed' }
  const rotated = await sources.changeSecret(
    source,
    { kind: 'rotate', slot, emergency: true, generatedOnly: true },
    who,
  )
  if (!rotated.ok) {
    const { code } = rotated
    if (code === 'secret_unknown' || code === 'source_unknown' || code === 'value_needed')
      return { ok: false, code }
    if (code === 'document_invalid') return rotated
    // A new version always takes over, and it is the only one.
    throw new TypeError(`an emergency rotation was refused: ${code}`)
  }
  const containment: Containment = {
    id: crypto.randomUUID(),
    source,
    measure: { action: 'rotate', slot },
    startedAtMs: nowMs,
    endsAtMs: nowMs,
    liftedAtMs: null,
    liftedBy: null,
    incident,
    by: who.actor,
  }
  return { ok: true, containment, unreached: rotated.unreached }
}
