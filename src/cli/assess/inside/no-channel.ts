/** Whether somebody hears of incidents of the whole installation. */
import { channelRoutes } from '../../../api/channels.ts'
import type { Probe } from '../probe.ts'

export const noChannel: Probe = {
  id: 'no-channel',
  title: 'Somebody is told of attacks and faults.',
  severity: 'high',
  remedy: 'Add a channel, then test it: docs/channels.md.',
  needs: 'token',
  async *run({ api }) {
    const { channels } = await api.call(channelRoutes.listChannels)
    const sending = channels.filter(({ paused, status }) => !paused && status?.state !== 'broken')
    const general = sending.filter(
      ({ sources, minimum_severity: least }) => sources === undefined && least !== 'critical',
    )
    if (channels.length === 0) yield { evidence: 'There is no channel, so nobody is told of an incident.' }
    else if (sending.length === 0)
      yield {
        evidence: `None of ${channels.length} channels sends: each is paused or broken.`,
        remedy: 'postern channels list shows why. Then postern channels resume, or postern channels test.',
      }
    else if (general.length === 0)
      yield {
        severity: 'medium',
        evidence:
          'Each channel is for some sources or for critical incidents alone, so nobody is told of other incidents of the whole installation.',
        remedy: 'Let one channel send the incidents of all sources, from the severity warning on.',
      }
    else if (general.every(({ status }) => status?.state === 'unused'))
      yield {
        severity: 'low',
        evidence: 'No channel that sends the incidents of all sources was ever used.',
        remedy: 'postern channels test sends a test message.',
      }
  },
}
