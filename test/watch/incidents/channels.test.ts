/** The object tells a channel of the real registry: found, over, nothing twice, and nothing again after a restore. */
import { expect, it } from 'vitest'
import { ANY, HOOK, START, type World, ended, inWorld, raised } from './world.ts'

const numbers = async ({ object }: World): Promise<unknown[]> =>
  (await object.list(ANY)).map(({ number, state }) => [number, state])

it('sends one firing and one resolved message to Slack, whatever restarts', () =>
  inWorld(async (world) => {
    await world.put('ops')
    world.found = (minute) =>
      minute === START
        ? [raised(START)]
        : minute === START + 3
          ? [ended('shop', 'silence', START, minute)]
          : []
    await world.pass(10)
    const [incident] = await world.object.list(ANY)
    const told = incident?.timeline.filter(({ kind }) => kind === 'notified').map(({ text }) => text)
    expect(told).toEqual(['ops (Slack) was told.', 'ops (Slack) was told that it is over.'])
    expect(await world.object.channelStatus()).toMatchObject([{ name: 'ops', failures: 0, isBroken: false }])
    const [firing, resolved] = world.sent
    expect(world.sent.map(({ url }) => url)).toEqual([HOOK, HOOK])
    expect(firing?.body).toContain('no event for 40 min, usually 12 a minute')
    expect(firing?.body).toContain('<https://console.example/incidents/1#acknowledge|Acknowledge>')
    expect(resolved?.body).toMatch(/resolved/i)
    expect(JSON.stringify(world.logged)).not.toContain('hV8sWqLr2nJx5Kd')
  }))

it('sends nothing about restored incidents, and goes on with their numbers', async () => {
  let json = ''
  await inWorld(async (world) => {
    await world.put('ops')
    world.found = () => [raised(START)]
    await world.pass(10)
    expect(await numbers(world)).toEqual([[1, 'open']])
    expect(world.sent).toHaveLength(1)
    json = (await world.object.dump()).json
  })
  await inWorld(async (world) => {
    await world.put('ops')
    expect(await world.object.restore(json)).toBe(1)
    await world.pass(10)
    expect(world.sent).toEqual([])
    expect(await numbers(world)).toEqual([[1, 'resolved']])
    const raisedAt = Math.floor(world.nowMs / 60_000)
    world.found = () => [raised(raisedAt, { kind: 'replay' })]
    await world.pass(10)
    expect(await numbers(world)).toEqual([
      [2, 'open'],
      [1, 'resolved'],
    ])
    expect(world.sent.map(({ body }) => body.includes('https://console.example/incidents/2'))).toEqual([true])
  })
})
