/** Target of a line of the audit log, with a link to its page if it has one. */
import type { FC } from 'hono/jsx'
import { Shown } from '../components.tsx'

/** Beginnings of targets, the most special first. */
const PAGES: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/^(?:secret\/)?destination\/([^/]+)/, (name) => `/destinations/${name}`],
  [/^(?:secret\/)?channel\/([^/]+)/, (name) => `/channels/${name}`],
  [/^(?:secret|source)\/([^/]+)/, (name) => `/sources/${name}`],
  [/^(?:suppression|person)\/([0-9a-f]{32})$/, (key) => `/people/${key}`],
  [/^incident\/([0-9]+)/, (number) => `/incidents/${number}`],
  [/^drill\//, () => '/system#drills'],
  [/^(backup|retention)/, (what) => `/system#${what === 'backup' ? 'backups' : what}`],
]

function pageOf(target: string): string | undefined {
  for (const [pattern, path] of PAGES) {
    const [, name] = pattern.exec(target) ?? []
    if (name !== undefined) return path(encodeURIComponent(name))
  }
  return undefined
}

export const Target: FC<{ target: string }> = ({ target }) => {
  const href = pageOf(target)
  const text = <Shown text={target} code />
  return href === undefined ? text : <a href={href}>{text}</a>
}
