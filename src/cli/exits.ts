/** How a command can end: the only list of exit codes. */
export const EXITS = {
  done: [0, 'done'],
  no: [1, 'negative result: not found, not verified, refused, different, something is wrong'],
  usage: [2, 'usage error: the command or its input is wrong'],
  denied: [3, 'unreachable or forbidden: Postern does not answer, or the token may not do this'],
  failed: [4, 'internal error, or Postern cannot do it now: try again'],
  interrupted: [130, 'interrupted by you'],
} as const satisfies Record<string, readonly [code: number, meaning: string]>

export type Exit = keyof typeof EXITS
export type ExitCode = (typeof EXITS)[Exit][0]

export const codeOf = (exit: Exit): ExitCode => EXITS[exit][0]

/** For the end of the help. */
export const exitLines = (): string[] =>
  Object.values(EXITS).map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`)
