/** Sizes for people. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** `12.3 MB`, in powers of a thousand. */
export function bytesText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  const number = bytes / 1_000 ** power
  return `${power === 0 ? number : number.toFixed(1)} ${UNITS[power]}`
}
