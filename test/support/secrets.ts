/** Changes of one secret of a source, as a test writes them. */
import type { Who } from '../../src/registry/audit/entry.ts'
import type { Member } from '../../src/registry/members.ts'
import type { LinkRequest, RotateRequest } from '../../src/registry/rotation/contract.ts'

interface Registry {
  readonly sources: Pick<Member<'sources'>, 'changeSecret'>
}
type Result = ReturnType<Registry['sources']['changeSecret']>

export const rotate = ({ sources }: Registry, name: string, request: RotateRequest, who: Who): Result =>
  sources.changeSecret(name, { kind: 'rotate', ...request }, who)

export const activate = (
  { sources }: Registry,
  name: string,
  slot: string,
  version: number,
  graceSeconds: number | undefined,
  who: Who,
): Result => sources.changeSecret(name, { kind: 'activate', slot, version, graceSeconds }, who)

export const revoke = (
  { sources }: Registry,
  name: string,
  slot: string,
  version: number,
  force: boolean,
  who: Who,
): Result => sources.changeSecret(name, { kind: 'revoke', slot, version, force }, who)

export const link = (
  { sources }: Registry,
  name: string,
  slot: string,
  version: number,
  request: LinkRequest,
  who: Who,
): Result => sources.changeSecret(name, { kind: 'link', slot, version, link: request }, who)
