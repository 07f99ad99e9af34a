/**
 * Which people of Cloudflare Access have which role: the Worker's variable `ACCESS_ROLES`, kept with the rest of the
 * deployment's settings and changed like them. `ada@example.com=admin, @example.com=viewer`: an address before its domain;
 * whoever is not there has no role.
 */
import type { Role } from '../../registry/operators/operator.ts'
import { ROLES } from '../../api/route.ts'

export type AccessRoles = ReadonlyMap<string, Role>

/** Undefined when it is malformed. */
export function readAccessRoles(text: string): AccessRoles | undefined {
  const roles = new Map<string, Role>()
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const [, who = '', named = ''] = /^([^\s=@]*@[^\s=@]+)\s*=\s*(\w+)$/.exec(part) ?? []
    const role = ROLES.find((one) => one === named)
    if (role === undefined || roles.has(who.toLowerCase())) return undefined
    roles.set(who.toLowerCase(), role)
  }
  return roles
}

export function roleOf(roles: AccessRoles, email: string): Role | undefined {
  const address = email.toLowerCase()
  return roles.get(address) ?? roles.get(address.slice(address.lastIndexOf('@')))
}

export const hasAdmins = (roles: AccessRoles): boolean => [...roles.values()].includes('admin')
