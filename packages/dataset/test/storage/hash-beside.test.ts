import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { seededRandom } from '@sluice/testing'
import { expect, test } from 'vitest'
import { beginHash } from '../../src/storage/hash-beside.ts'

test('hashes under way at a time are those of one after the other', async () => {
  const random = seededRandom(1)
  const expected = Array.from({ length: 5 }, () => createHash('sha256'))
  const hashes = expected.map(() => beginHash())
  const updates: Promise<void>[] = []
  for (let piece = 0; piece < 100; piece++) {
    const which = Math.floor(random() * 5)
    const bytes = new Uint8Array(new SharedArrayBuffer(Math.floor(random() * 5000)))
    for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random() * 256)
    expected[which]!.update(bytes)
    updates.push(hashes[which]!.update(bytes))
    if (piece % 7 === 0) await updates.at(-1)
  }
  await Promise.all(updates)
  const found = await Promise.all(hashes.map((hash) => hash.digest()))
  expect(found).toEqual(expected.map((hash) => hash.digest('hex')))
  expect(await beginHash().digest()).toBe(createHash('sha256').digest('hex'))
})

test('a thread that dies fails what it had begun, and the next hash has another one', async () => {
  const [begun, broken, dropped] = [beginHash(), beginHash(), beginHash()]
  await begun.update(Uint8Array.of(1))
  await expect(broken.update(5 as never)).rejects.toThrow(/must be of type string or an instance of/)
  await expect(begun.update(Uint8Array.of(2))).rejects.toThrow('has died')
  await expect(begun.digest()).rejects.toThrow('has died')
  dropped.drop()
  const next = beginHash()
  await next.update(Uint8Array.of(1))
  expect(await next.digest()).toBe(createHash('sha256').update(Uint8Array.of(1)).digest('hex'))
})

test('a process ends whose hashes are done or dropped, and waits for those that are not', () => {
  const module = new URL('../../src/storage/hash-beside.ts', import.meta.url)
  const run = (code: string): string =>
    spawnSync(
      process.execPath,
      [
        ...['--conditions=@sluice/source', '--input-type=module', '-e'],
        `import { beginHash } from '${module.href}'\nconst started = performance.now()\nprocess.on('exit', () => console.log(performance.now() - started < 15_000))\n${code}`,
      ],
      { encoding: 'utf8' },
    ).stdout
  expect(
    run(`const hash = beginHash(); hash.update(Uint8Array.of(1)); hash.digest().then(console.log)`),
  ).toBe(`${createHash('sha256').update(Uint8Array.of(1)).digest('hex')}\ntrue\n`)
  expect(run(`const hash = beginHash(); await hash.update(Uint8Array.of(1)); hash.drop()`)).toBe('true\n')
  expect(run(`beginHash()`)).toBe('true\n')
})
