/** The rules for what `npm install` may fetch and run. Rules are pure, so that each can be seen to fail. */

export interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
  readonly optional?: boolean
  readonly os?: string | readonly string[]
  readonly bin?: Readonly<Record<string, string>>
  readonly cpu?: string | readonly string[]
}

/** Fields of `package-lock.json` that we read; the key of a package is its folder, that of the project is empty. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** The name of the package in a folder: `node_modules/a/node_modules/@b/c` holds `@b/c`. */
const nameOf = (folder: string): string => folder.split('node_modules/').at(-1) ?? ''

const foldersWhere = (lock: LockFile, breaks: (locked: LockedPackage) => boolean): string[] =>
  Object.entries(lock.packages)
    .filter(([folder, locked]) => folder !== '' && breaks(locked))
    .map(([folder]) => folder)

/** Names of the packages that would run code of their own during an installation. */
export const withInstallScript = (lock: LockFile): string[] => [
  ...new Set(foldersWhere(lock, ({ hasInstallScript }) => hasInstallScript === true).map(nameOf)),
]

/** Names of the packages whose command of this name npm may put into the path. */
export const withCommand = (lock: LockFile, command: string): string[] =>
  foldersWhere(lock, ({ bin }) => bin !== undefined && command in bin).map(nameOf)

/** Folders of packages that npm would install whatever bytes it is given: no SHA-512, as of a Git or file dependency. */
export const withoutHash = (lock: LockFile): string[] =>
  foldersWhere(lock, ({ integrity }) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''))

/** Folders of packages that are bound to an address, so that they install from there alone. */
export const withAddress = (lock: LockFile): string[] =>
  foldersWhere(lock, ({ resolved }) => resolved !== undefined)

/** The settings of an `.npmrc`, without comments. */
export const npmSettings = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => /^[^#;]*=/.test(line))
      .map((line) => line.split('=', 2).map((part) => part.trim()))
      .map(([key = '', value = '']) => [key, value]),
  )
