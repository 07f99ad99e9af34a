/** The console, whose minute's turn of the schedule comes when it is asked for. */
import type { ConsoleEnv } from '../../../src/console/env.ts'
import console from '../../../src/console/index.ts'

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/minute') return console.fetch(request, env, ctx)
    await console.scheduled({ cron: '* * * * *' }, env)
    return Response.json({})
  },
} satisfies ExportedHandler<ConsoleEnv>
