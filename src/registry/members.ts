/** The registry as Workers are given it: the members that each of them may use, and the name of the one object. */
import type { Registry } from './registry.ts'

type Method = (...args: never[]) => unknown
type MemberName = keyof {
  [Name in keyof Registry as Registry[Name] extends Rpc.RpcTargetBranded ? Name : never]: unknown
}

/** The calls of a member. */
export type Member<Name extends MemberName> = {
  readonly [
    Call in keyof Registry[Name] as Registry[Name][Call] extends Method ? Call : never
  ]: Registry[Name][Call]
}

export type RegistryOf<Names extends MemberName> = { readonly [Name in Names]: Member<Name> }

/** The binding of a Worker that may use these members. */
export interface Registries<Names extends MemberName> {
  getByName(name: string): RegistryOf<Names>
}

/** Operators may use these. The others are for the Workers that process deliveries, and for the object of incidents. */
export type OperatorMembers = Exclude<MemberName, 'snapshots' | 'containments'>

export const REGISTRY_NAME = 'registry'

/** A stub can be used up by a fault, so each use gets a new one. */
export const registryIn = <Stub>({
  REGISTRY,
}: {
  readonly REGISTRY: { getByName(name: string): Stub }
}): Stub => REGISTRY.getByName(REGISTRY_NAME)
