import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SmallFileReader } from '@sluice/corpus'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { openPlannedSource, type PlannedSource, type SourceAccess } from '../src/index.ts'
import { SmallSources } from '../src/sources/small-sources.ts'

const plannedOf = (name: string, content: string): PlannedSource => ({
  name,
  byteLength: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  format: 'txt',
  compression: 'none',
})

/** What the general way reads of a source, and what it calls it; undefined where it refuses it. */
async function general(
  planned: PlannedSource,
  access: SourceAccess,
): Promise<{ readonly name: string; readonly text: string } | undefined> {
  try {
    await using source = await openPlannedSource(planned, access)
    return { name: source.name, text: Buffer.from(await source.read(0, planned.byteLength)).toString() }
  } catch {
    return undefined
  }
}

test('a small source is read where the general way reads it, with the same name, and nowhere else', async () => {
  const base = temporaryFolder()
  const at = (name: string): string => join(base, name)
  for (const folder of ['root/inner', 'second', 'outside', 'run/spool'])
    mkdirSync(at(folder), { recursive: true })
  writeFileSync(at('root/a.txt'), 'inside')
  writeFileSync(at('root/inner/b.txt'), 'inside')
  writeFileSync(at('second/c.txt'), 'inside')
  writeFileSync(at('outside/d.txt'), 'inside')
  symlinkSync('inner/b.txt', at('root/link.txt'))
  symlinkSync(at('outside/d.txt'), at('root/out.txt'))
  symlinkSync(at('outside'), at('root/out'))
  const copied = plannedOf('http://127.0.0.1/e.txt', 'copied')
  writeFileSync(at(`run/spool/${copied.sha256}-e.txt`), 'copied')
  const relative = [
    'a.txt',
    'inner/b.txt',
    'c.txt',
    'link.txt',
    'out.txt',
    'out/d.txt',
    'missing.txt',
    'inner',
  ]
  const odd = ['../outside/d.txt', 'inner/../a.txt', './a.txt', '', at('root/a.txt')]
  const names = [...relative, ...odd]
  const whole = names.map((name) => join(base, 'root', name))
  const path = at('run')
  const accesses: readonly (readonly [SourceAccess, readonly string[]])[] = [
    [{ path, roots: [at('root'), at('second')] }, names],
    [{ path, roots: [] }, names],
    [{ path, within: [at('root')] }, whole],
    [{ path, within: [at('root/a.txt'), at('gone')] }, whole],
    [{ path }, whole],
  ]
  let read = 0
  for (const [access, given] of accesses) {
    const small = await SmallSources.open(new SmallFileReader(), access)
    for (const name of given) {
      const planned = plannedOf(name, 'inside')
      const found = small.read(planned)
      if (found === undefined) continue
      read++
      const text = Buffer.from(found.bytes).toString()
      expect({ name: found.name, text }, name).toEqual(await general(planned, access))
      // Another content is not the plan's, whatever its length.
      expect(small.read(plannedOf(name, 'insane'))).toBeUndefined()
      expect(small.read(plannedOf(name, 'inside and more'))).toBeUndefined()
    }
    expect(small.read(copied)).toBeUndefined()
    // A source with the content of a copy is read from the copy.
    expect(small.read({ ...copied, name: given[0]! })).toBeUndefined()
  }
  // Three names in the first folder; the same and one more way to them within; the file alone; all that is there.
  expect(read).toBe(3 + 5 + 3 + 8)
})
