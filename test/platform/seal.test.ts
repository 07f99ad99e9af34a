import { describe, expect, it } from 'vitest'
import { newMasterKey, oldestOf, readMasterKeys } from '../../src/platform/master-key.ts'
import { SealBroken, sealer } from '../../src/platform/seal.ts'
import { textOf, utf8 } from '../../src/platform/bytes.ts'

const V1 = newMasterKey()
const V2 = newMasterKey().replace('v1:', 'v2:')
const secrets = (text: string) => sealer(readMasterKeys(text), 'secrets')

describe('a sealed blob', () => {
  it('can be opened, also after a newer master key was added', async () => {
    const blob = await secrets(V1).seal(utf8('hush'), 'row/1')
    expect(textOf(await secrets(`${V2},${V1}`).open(blob, 'row/1'))).toBe('hush')
  })

  it('is sealed under the newest key', async () => {
    const blob = await secrets(`${V2},${V1}`).seal(utf8('hush'), 'row/1')
    await expect(secrets(V1).open(blob, 'row/1')).rejects.toThrow(SealBroken)
    expect(textOf(await secrets(V2).open(blob, 'row/1'))).toBe('hush')
  })

  it('never reuses a nonce: two blobs with the same key and nonce would reveal both', async () => {
    const seal = secrets(V1)
    const nonces = await Promise.all(
      Array.from({ length: 200 }, async () => (await seal.seal(utf8('hush'), 'row/1')).slice(1, 13).join()),
    )
    expect(new Set(nonces).size).toBe(200)
  })

  it('opens only with its own associated data, also if many are sealed concurrently', async () => {
    const places = ['row/1', 'row/2', 'Zeile/ä', 'row/1'.repeat(500), 'row/1'.repeat(501), '']
    const seal = secrets(V1)
    const blobs = await Promise.all(places.map((place) => seal.seal(utf8(`hush ${place}`), place)))
    const opened = await Promise.all(
      blobs.map((blob) =>
        Promise.all(
          places.map((place) =>
            seal.open(blob, place).then(
              (plain) => textOf(plain),
              () => null,
            ),
          ),
        ),
      ),
    )
    expect(opened).toEqual(
      places.map((place) => places.map((other) => (other === place ? `hush ${place}` : null))),
    )
  })

  it.each([
    ['in another place', async (blob: Uint8Array) => secrets(V1).open(blob, 'row/2')],
    [
      'for another purpose',
      async (blob: Uint8Array) => sealer(readMasterKeys(V1), 'queue').open(blob, 'row/1'),
    ],
    [
      'under another key of the same version',
      async (blob: Uint8Array) => secrets(newMasterKey()).open(blob, 'row/1'),
    ],
    [
      'with one bit changed',
      async (blob: Uint8Array) =>
        secrets(V1).open(
          blob.map((byte, i) => (i === 20 ? byte ^ 1 : byte)),
          'row/1',
        ),
    ],
    ['cut short', async (blob: Uint8Array) => secrets(V1).open(blob.subarray(0, 10), 'row/1')],
    ['as nothing', async () => secrets(V1).open(new Uint8Array(0), 'row/1')],
  ])('does not open %s', async (_what, open) => {
    const blob = await secrets(V1).seal(utf8('hush'), 'row/1')
    await expect(open(blob)).rejects.toThrow(SealBroken)
  })
})

describe('the master key', () => {
  it.each(['v1', 'v1,v2', 'v2,v1', 'v2,v1,v3', 'v10,v9,v1'])(
    'of %s is the oldest by its version',
    (versions) => {
      const text = versions.split(',').map((version) => newMasterKey().replace('v1', version))
      expect(oldestOf(readMasterKeys(text.join())).version).toBe(1)
    },
  )

  it.each([
    ['absent', undefined],
    ['blank', '  '],
    ['without a version', newMasterKey().slice(3)],
    ['too short', `v1:${btoa('short')}`],
    ['not base64', 'v1:****'],
    ['twice of one version', `${V1},${newMasterKey()}`],
    ['of version 0', V1.replace('v1', 'v0')],
    ['of a version past a byte', V1.replace('v1', 'v256')],
  ])('%s is refused in one sentence that does not quote it', (_what, text) => {
    let message = ''
    try {
      readMasterKeys(text)
    } catch (cause) {
      message = String(cause)
    }
    expect(message).toMatch(/^SetupError: MASTER_KEY is [^\n]+\.$/)
    expect(message).not.toContain(text?.trim().slice(3, 20) || 'undefined')
  })
})
