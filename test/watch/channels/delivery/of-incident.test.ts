import { describe, expect, it } from 'vitest'
import { channelIncident } from '../../../../src/watch/channels/delivery/of-incident.ts'
import { incident } from '../../../support/incidents.ts'

const PLACE = { consoleUrl: 'https://console.example', installation: 'inst' }
const OPEN = { label: 'Open', url: 'https://console.example/incidents/17' }
const ACKNOWLEDGE = { label: 'Acknowledge', url: 'https://console.example/incidents/17#acknowledge' }

describe('links of a notice', () => {
  it.each([
    ['of an open incident', {}, [OPEN, ACKNOWLEDGE]],
    ['of a contained one that nobody acknowledged', { state: 'contained' }, [OPEN, ACKNOWLEDGE]],
    ['of an acknowledged one', { state: 'acknowledged', acknowledgedMs: 1 }, [OPEN]],
    ['of a resolved one', { state: 'resolved', resolvedMs: 1 }, [OPEN]],
  ] as const)('%s', (_what, change, expected) => {
    expect(channelIncident(incident(change), PLACE).actions).toEqual(expected)
  })

  it('are a command if the address of the console is not known', () => {
    const command = 'On the command line: postern incidents show 17'
    expect(channelIncident(incident(), PLACE).evidence).not.toContain(command)
    const bare = channelIncident(incident(), { ...PLACE, consoleUrl: '' })
    expect(bare.actions).toEqual([])
    expect(bare.evidence).toContain(command)
  })
})

it('says how much it matters in sentences', () => {
  const risk = {
    level: 'high',
    reasons: ['Its severity is error.', 'Somebody else has the secret.'],
  } as const
  expect(channelIncident(incident({ risk }), PLACE).evidence).toContain(
    'Risk: high. Its severity is error. Somebody else has the secret.',
  )
})
