/** `postern people certificate`: shows the certificate of an erasure, keeps it in a file, and checks such a file. */
import { compactVerify, importJWK } from 'jose'
import * as v from 'valibot'
import {
  type Certificate,
  CertificateKeySchema,
  type CertificateKey,
  CertificateSchema,
  type Remains,
} from '../../api/erasures.ts'
import { peopleRoutes } from '../../api/people.ts'
import { parseJson } from '../../platform/json.ts'
import { visibleText } from '../../platform/visible.ts'
import { type MakeCommand, type Paint, remote } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { bytesOf } from '../input-file.ts'
import { fields } from '../out/table.ts'
import { Stop, UsageError } from '../stop.ts'
import { writePrivate } from './write-private.ts'

/** A file: the certificate to be read, and the signed form that counts. */
const FileSchema = v.object({ certificate: v.unknown(), jws: v.string() })

const NOT_GENUINE = new Stop(
  'no',
  'certificate_not_genuine',
  'This certificate is not genuine, or was changed.',
)

/** @throws {Stop} if it was not signed with this key */
export async function verified(jws: string, key: CertificateKey): Promise<Certificate> {
  const signed = await compactVerify(jws, await importJWK(key, 'EdDSA'), { algorithms: ['EdDSA'] }).catch(
    () => {
      throw NOT_GENUINE
    },
  )
  const read = v.safeParse(CertificateSchema, parseJson(signed.payload))
  if (!read.success)
    throw new Stop('no', 'certificate_not_understood', 'This certificate is of a later version of Postern.')
  return read.output
}

const keyOf = (api: Api): Promise<CertificateKey> => api.call(peopleRoutes.getCertificateKey, {})

/** The text of a file, once the certificate was verified. */
export async function certificateFile(api: Api, jws: string): Promise<string> {
  const key = await keyOf(api)
  return `${JSON.stringify({ certificate: await verified(jws, key), jws, key }, null, 2)}\n`
}

export const certificate: MakeCommand = ({ api, io, paint, show }) =>
  remote(
    'certificate',
    'The certificate of an erasure: what was destroyed, and what may still exist until when. With --check, whether a file is genuine: exit code 1 if not.',
    'postern people certificate 12 --out erasure-12.json',
  )
    .argument('[NUMBER]', 'of the erasure')
    .option('--out <FILE>', 'write it into this file, with its signature')
    .option('--check <FILE>', 'the certificate in this file; - is standard input')
    .option(
      '--key <FILE>',
      'check with the key in this file, as getCertificateKey gave it, and ask no console',
    )
    .option('--address <ADDRESS>', 'check also that it is about this person')
    .action(async (number, options) => {
      if ((number === undefined) === (options.check === undefined))
        throw new UsageError('Name the number of an erasure, or a file with --check.')
      const remoteApi =
        options.key === undefined || options.address !== undefined ? await api(options) : undefined
      const jws =
        options.check === undefined
          ? await jwsOf(present(remoteApi), number ?? '')
          : fileIn(await bytesOf(options.check, io))
      const key =
        options.key === undefined ? await keyOf(present(remoteApi)) : keyIn(await bytesOf(options.key, io))
      const found = await verified(jws, key)
      if (options.address !== undefined) {
        const { person } = await present(remoteApi).call(peopleRoutes.showPerson, {
          body: { address: options.address },
        })
        if (person !== found.person)
          throw new Stop(
            'no',
            'certificate_of_another',
            'This certificate is genuine, and about another person.',
          )
      }
      if (options.out !== undefined)
        await writePrivate(options.out, `${JSON.stringify({ certificate: found, jws, key }, null, 2)}\n`)
      show(options, { genuine: true, certificate: found, jws }, () => words(found, paint))
    })

async function jwsOf(api: Api, number: string): Promise<string> {
  const found = await api.call(peopleRoutes.getErasure, { params: { number } })
  if (found.state === 'finished') return found.certificate
  throw new Stop(
    'no',
    'erasure_running',
    'This erasure is not finished. It goes on by itself: ask again later.',
  )
}

function present(api: Api | undefined): Api {
  if (api === undefined) throw new UsageError('With --key, name a file with --check.')
  return api
}

/** The text that a person could have changed beside the signature does not count. */
function fileIn(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).trim()
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return text
  const read = v.safeParse(FileSchema, parseJson(bytes))
  if (!read.success) throw new UsageError('This file has no certificate.')
  return read.output.jws
}

function keyIn(bytes: Uint8Array): CertificateKey {
  const read = v.safeParse(CertificateKeySchema, parseJson(bytes))
  if (!read.success) throw new UsageError('This file has no key of certificates.')
  return read.output
}

export const remainsWords = (remains: readonly Remains[], paint: Paint): string[] => [
  ...(remains.length === 0 ? [] : [paint('bold', 'What may still exist:')]),
  ...remains.map(({ what, until, why }) =>
    visibleText(`- ${what}, ${until === null ? 'until somebody ends it' : `until ${until}`}. ${why}`),
  ),
]

const words = (
  { number, person, erased_at, finished_at, keeps_suppression, destroyed, remains }: Certificate,
  paint: Paint,
): string =>
  [
    paint('green', 'The certificate is genuine.'),
    fields(
      [
        ['erasure', number],
        ['person', person],
        ['erased at', erased_at],
        ['finished at', finished_at],
        ['suppression', keeps_suppression ? 'kept, as a keyed hash' : 'not kept'],
      ],
      paint,
    ),
    '',
    paint('bold', 'What was destroyed:'),
    fields(
      destroyed.map(({ place, what }) => [place, what] as const),
      paint,
    ),
    '',
    ...remainsWords(remains, paint),
  ].join('\n')
