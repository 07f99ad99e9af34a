import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Stop } from '../../src/cli/stop.ts'
import { terminalOn } from '../../src/cli/terminal.ts'

const stream = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY })

/** All that was written. Since Node 26, one `read()` gives one chunk. */
function textIn(written: PassThrough): string {
  const next = () => written.read() as Buffer | null
  let text = ''
  for (let chunk = next(); chunk !== null; chunk = next()) text += chunk.toString()
  return text
}

function terminal(isTTY = true) {
  const [input, output, errors] = [stream(isTTY), stream(isTTY), stream(isTTY)]
  const shown = () => textIn(output) + textIn(errors)
  return { input, shown, terminal: terminalOn({ input, output, errors }) }
}

describe('a question', () => {
  it('is answered, and the answer is seen', async () => {
    const { input, shown, terminal: person } = terminal()
    const answer = person.ask('Really? ')
    input.write('yes\r')
    expect(await answer).toBe('yes')
    expect(shown()).toMatch(/Really\? .*yes/s)
  })

  it('for a secret shows nothing of the answer', async () => {
    const { input, shown, terminal: person } = terminal()
    const answer = person.askHidden('Token: ')
    for (const key of 'seeded-secret') input.write(key)
    input.write('\u007f\u007fet\r')
    expect(await answer).toBe('seeded-secret')
    expect(shown()).toBe('Token: \n')
  })

  it.each([
    ['Ctrl-C', (input: PassThrough) => input.write('abc\u0003')],
    ['the end of the input', (input: PassThrough) => input.end()],
  ])('that is met with %s ends everything', async (_what, act) => {
    const { input, terminal: person } = terminal()
    const answer = person.askHidden('Token: ').then(
      () => undefined,
      (cause: unknown) => cause,
    )
    act(input)
    const cause = await answer
    expect(cause).toBeInstanceOf(Stop)
    expect(cause).toMatchObject({ exit: 'interrupted' })
  })
})

describe('progress', () => {
  it('replaces its line on a terminal, and is not there elsewhere', () => {
    const on = terminal()
    on.terminal.progress('1')
    on.terminal.progress('2')
    expect(on.shown()).toBe('\r\u001B[K1\r\u001B[K2')
    const off = terminal(false)
    off.terminal.progress('1')
    off.terminal.note('note')
    expect(off.shown()).toBe('note\n')
  })
})
