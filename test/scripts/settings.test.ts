import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { portIsFree } from '../../scripts/local/ports.ts'
import { SettingError, startSettings } from '../../scripts/settings.ts'

describe('the settings of npm start', () => {
  it('have defaults', () => {
    const { stateDir, ...rest } = startSettings({})
    expect(rest).toEqual({ port: 8787, consolePort: 8788, demo: true, pace: 1, verbose: false })
    expect(stateDir).toMatch(/\/\.wrangler\/state$/)
  })

  it('are taken from the environment', () => {
    const settings = startSettings({
      PORT: '1',
      CONSOLE_PORT: '65535',
      STATE_DIR: '/tmp/x',
      DEMO: '0',
      PACE: '0.5',
      VERBOSE: '1',
    })
    expect(settings).toEqual({
      port: 1,
      consolePort: 65_535,
      stateDir: '/tmp/x',
      demo: false,
      pace: 0.5,
      verbose: true,
    })
  })

  it.each([
    ['a word', { PORT: 'http' }, 'PORT'],
    ['zero', { CONSOLE_PORT: '0' }, 'CONSOLE_PORT'],
    ['one too many', { PORT: '65536' }, 'PORT'],
    ['digits and more', { PORT: '8787 ' }, 'PORT'],
    ['a pace of nothing', { PACE: '0' }, 'PACE'],
    ['a pace that is no pace', { PACE: '21' }, 'PACE'],
    ['the same twice', { PORT: '8788' }, 'PORT and CONSOLE_PORT'],
  ])('refuse %s, by name', (_what, environment, name) => {
    expect(() => startSettings(environment)).toThrow(SettingError)
    expect(() => startSettings(environment)).toThrow(name)
  })
})

describe('a port', () => {
  it.each(['127.0.0.1', '::1'])(
    'is taken while something listens on %s, and free again after',
    async (host) => {
      const server = createServer()
      const port = await new Promise<number>((resolve) =>
        server.listen(0, host, () => {
          const address = server.address()
          resolve(typeof address === 'object' && address !== null ? address.port : 0)
        }),
      )
      expect(await portIsFree(port)).toBe(false)
      await new Promise((resolve) => server.close(resolve))
      expect(await portIsFree(port)).toBe(true)
    },
  )
})
