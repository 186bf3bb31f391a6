import type { DatasetStorage } from '@sluice/dataset'
import { describe, expect, test } from 'vitest'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

async function publish(storage: DatasetStorage, name: string, text: string): Promise<'created' | 'exists'> {
  const staged = await storage.stage(name)
  try {
    await staged.write([bytes(text)])
    return await staged.publish(name)
  } finally {
    await staged.discard()
  }
}

async function readText(storage: DatasetStorage, name: string): Promise<string> {
  const handle = await storage.openRead(name)
  try {
    const target = new Uint8Array(handle.byteLength)
    await handle.read(target, 0)
    return new TextDecoder().decode(target)
  } finally {
    await handle.close()
  }
}

const namesOf = async (storage: DatasetStorage, prefix: string): Promise<readonly string[]> =>
  (await storage.list(prefix)).map(({ name }) => name)

/**
 * What every storage of datasets promises.
 *
 * @param open - an empty storage, for one test
 */
export function describeStorage(title: string, open: () => DatasetStorage): void {
  describe(title, () => {
    test('an object is seen whole or not at all', async () => {
      const storage = open()
      const staged = await storage.stage('parts/0')
      await staged.write([bytes('some '), bytes('words')])
      expect(staged.byteLength).toBe(10)
      expect(await storage.stat('parts/0')).toBeUndefined()
      expect(await staged.publish('parts/0')).toBe('created')
      await staged.discard()
      expect(await readText(storage, 'parts/0')).toBe('some words')
      expect(await storage.stat('parts/0')).toMatchObject({ byteLength: 10 })
    })

    test('buffers may be reused after each write', async () => {
      const storage = open()
      const staged = await storage.stage('x')
      const buffer = new Uint8Array(1)
      for (const letter of bytes('abc')) {
        buffer[0] = letter
        await staged.write([buffer])
      }
      await staged.publish('x')
      expect(await readText(storage, 'x')).toBe('abc')
    })

    test('a name that is taken keeps its bytes', async () => {
      const storage = open()
      expect(await publish(storage, 'a/b', 'first')).toBe('created')
      expect(await publish(storage, 'a/b', 'second')).toBe('exists')
      expect(await readText(storage, 'a/b')).toBe('first')
    })

    test('of many that publish one name at a time, one creates it', async () => {
      const storage = open()
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) => publish(storage, 'race', String(index))),
      )
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
    })

    test('a listing names objects with their sizes, and folders', async () => {
      const storage = open()
      expect(await storage.list('')).toEqual([])
      for (const object of ['plan.json', 'parts/1', 'parts/0', 'parts/deep/x'])
        await publish(storage, object, object)
      expect(await namesOf(storage, 'parts')).toEqual(['0', '1', 'deep/'])
      expect((await storage.list('parts'))[0]).toMatchObject({ name: '0', byteLength: 7 })
      expect((await storage.list('')).filter(({ name }) => name.startsWith('p'))).toMatchObject([
        { name: 'parts/', byteLength: 0 },
        { name: 'plan.json', byteLength: 9 },
      ])
      expect(await storage.list('nothing')).toEqual([])
    })

    test('what is removed is gone, and may be removed again', async () => {
      const storage = open()
      for (const object of ['tokens/0', 'tokens/deep/1', 'kept/0']) await publish(storage, object, object)
      await storage.remove('kept/none')
      for (let again = 0; again < 2; again++) {
        await storage.remove('tokens/0')
        expect(await namesOf(storage, 'tokens')).toEqual(again === 0 ? ['deep/'] : [])
        await storage.removeFolder('tokens')
        expect(await storage.list('tokens')).toEqual([])
      }
      expect(await readText(storage, 'kept/0')).toBe('kept/0')
      await storage.removeFolder('')
      expect(await readText(storage, 'kept/0')).toBe('kept/0')
    })

    test('an attempt that ends early is a leftover that can be removed', async () => {
      const storage = open()
      expect(await storage.leftovers()).toEqual([])
      const kept = await storage.stage('parts/0')
      await kept.write([bytes('half')])
      const discarded = await storage.stage('parts/1')
      await discarded.discard()
      const [leftover, ...others] = await storage.leftovers()
      expect(others).toEqual([])
      expect(leftover).toMatchObject({ byteLength: 4, name: expect.stringContaining('parts.0') as string })
      await kept.discard()
      expect(await storage.leftovers()).toEqual([])
      const killed = await storage.stage('parts/2')
      await killed.write([bytes('half')])
      for (const { name: left } of await storage.leftovers()) await storage.remove(left)
      expect(await storage.leftovers()).toEqual([])
      await killed.discard()
    })

    test('what grows outlives its attempts, and is published under a second name', async () => {
      const storage = open()
      const first = await storage.grow('tokens/growing')
      const buffer = bytes('some ')
      await first.write(buffer, 0)
      buffer.fill(0)
      await first.sync()
      await first.close()
      expect(await readText(storage, 'tokens/growing')).toBe('some ')
      const [second, third] = [await storage.grow('tokens/growing'), await storage.grow('tokens/growing')]
      await second.write(bytes('wor'), 5)
      await third.write(bytes('words'), 5)
      await second.write(bytes('ds'), 8)
      expect(await third.publish('all')).toBe('created')
      expect(await second.publish('all')).toBe('exists')
      await second.close()
      await third.close()
      expect(await readText(storage, 'all')).toBe('some words')
      await storage.removeFolder('tokens')
      expect(await readText(storage, 'all')).toBe('some words')
    })

    test('a read past the end is an error, not other bytes', async () => {
      const storage = open()
      await publish(storage, 'x', 'abc')
      const handle = await storage.openRead('x')
      const target = new Uint8Array(2)
      await handle.read(target, 1)
      expect(new TextDecoder().decode(target)).toBe('bc')
      await expect(handle.read(target, 2)).rejects.toMatchObject({ code: 'corrupt' })
      await handle.close()
      await expect(storage.openRead('y')).rejects.toMatchObject({ code: 'not-found' })
    })

    test('says how much room there is', async () => {
      expect(await open().freeBytes()).toBeGreaterThan(0)
    })
  })
}
