import manifest from '../../package.json' with { type: 'json' }

/** The version of this checkout or package. */
export const VERSION = manifest.version
