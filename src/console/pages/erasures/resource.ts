/** Erasures as a resource of the pages. */
import { notices } from '../notices.ts'
import { resource } from '../resource.ts'

export const ERASURES = resource({
  path: '/erasures',
  param: 'number',
  apiParam: 'number',
  find: async (c, text) =>
    /^[1-9][0-9]{0,11}$/.test(text) ? c.get('context').registry.erasures.find(Number(text)) : null,
  unknown: ['No such erasure', 'There is no erasure of this number.'],
  notices: notices({
    good: { erased: 'The person is erased.' },
    bad: { running: 'The erasure has begun, and is not finished yet.' },
  }),
})
