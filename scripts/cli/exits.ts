/** How a command can end: the only list of exit codes. */
export const EXITS = {
  done: [0, 'done'],
  no: [1, 'the answer is no: not there, not verified, refused, different, something is wrong'],
  usage: [2, 'wrongly asked'],
  denied: [3, 'Postern was not reached, or does not let you'],
  failed: [4, 'Postern failed, or cannot take it now: try again'],
  interrupted: [130, 'ended by you'],
} as const satisfies Record<string, readonly [code: number, meaning: string]>

export type Exit = keyof typeof EXITS
export type ExitCode = (typeof EXITS)[Exit][0]

export const codeOf = (exit: Exit): ExitCode => EXITS[exit][0]

/** For the end of the help. */
export const exitLines = (): string[] =>
  Object.values(EXITS).map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`)
