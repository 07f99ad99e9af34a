/** Settings that the API of an ESP asks for, once a source has a key of it. */
import { expect, it } from 'vitest'
import { readDocument } from '../../../src/registry/sources/read-document.ts'

const SIGNING = { signing_key: 'a-signing-key-of-the-place-test' }
const KEY = { ...SIGNING, esp_api_token: 'a-key-of-the-place-test' }

it.each<[string, object, readonly string[]]>([
  ['a key and its domain', { secrets: KEY, provisioner: { domain: 'mg.example.com' } }, []],
  ['no key', { secrets: SIGNING }, []],
  ['a key without its domain', { secrets: KEY }, ['provisioner.domain']],
  [
    'a region that the ESP has not',
    { secrets: KEY, provisioner: { domain: 'mg.example.com', region: 'ap' } },
    ['provisioner.region'],
  ],
])('a source with %s', async (_name, changes, paths) => {
  const read = await readDocument({ provider: 'mailgun', ...changes }, undefined)
  expect(read.ok ? [] : read.problems.map(({ path }) => path)).toEqual(paths)
})

it.each<[string, readonly string[]]>([
  ['eu-west-1', []],
  ['us-gov-west-1', []],
  ['eusc-de-east-1', []],
  ['eu', ['provisioner.region']],
  ['eu-west', ['provisioner.region']],
  ['eu-west-1a', ['provisioner.region']],
])('Amazon SES in region %s', async (region, paths) => {
  const document = {
    provider: 'ses',
    secrets: {
      topic_arns: 'arn:aws:sns:eu-west-1:123456789012:a',
      esp_api_token: 'AKIDEXAMPLE:a-secret-of-ses',
    },
    provisioner: { region, configurationSet: 'mail' },
  }
  const read = await readDocument(document, undefined)
  expect(read.ok ? [] : read.problems.map(({ path }) => path)).toEqual(paths)
})
