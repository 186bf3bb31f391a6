import { closeSync, existsSync, openSync, readdirSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import {
  carryOut,
  LocalRunner,
  prepareRun,
  resolveRunConfig,
  type RunControl,
  type Task,
  type TaskRunner,
} from '../src/index.ts'

/** Changes the ids on the disk before the first part is made. */
class Damaging implements TaskRunner {
  readonly provider = undefined
  readonly #inner: LocalRunner
  readonly #damage: () => void

  constructor(inner: LocalRunner, damage: () => void) {
    this.#inner = inner
    this.#damage = damage
  }

  run(tasks: Iterable<Task>, control: RunControl): Promise<void> {
    const all = [...tasks]
    if (all.every(({ kind }) => kind === 'embed')) this.#damage()
    return this.#inner.run(all, control)
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

test.for([
  { idType: 'int32', ids: 'twice' },
  { idType: 'uint16', ids: 'twice' },
  { idType: 'uint16', ids: 'once' },
] as const)('an id that is of no vocabulary is never written: $idType, $ids', async ({ idType, ids }) => {
  const root = temporaryFolder()
  const text = join(root, 'a.txt')
  writeFileSync(text, 'the quick brown fox jumps over the lazy dog. '.repeat(90))
  const out = join(root, 'out')
  const given = { corpus: [text], maxLength: 8, embeddings: 'none', idType, ids } as const
  const signal = new AbortController().signal
  const options = { config: resolveRunConfig(given), out, segmentBytes: 1 << 20, signal, onEvent: () => {} }
  const { run, segments, folder } = await prepareRun(options)
  const damage = (): void => {
    const [name] = readdirSync(join(out, 'tokens')).filter((file) => file.endsWith('.ids'))
    const file = openSync(join(out, 'tokens', name!), 'r+')
    // Id 50,300 of a vocabulary of 50,257.
    writeSync(file, Uint8Array.of(50_300 & 255, 50_300 >> 8), 0, 2, 2 * 85)
    closeSync(file)
  }
  await using runner = disposable(new Damaging(new LocalRunner({ path: out, run }), damage))
  await expect(
    carryOut({ run, folder, segments, runner: runner.inner, signal, onEvent: () => {} }),
  ).rejects.toMatchObject({
    code: 'out-of-range',
    message: expect.stringContaining('50300 in row 10') as string,
  })
  expect(existsSync(join(out, 'receipts'))).toBe(false)
})

function disposable<T extends { close(): Promise<void> }>(inner: T): { readonly inner: T } & AsyncDisposable {
  return { inner, [Symbol.asyncDispose]: () => inner.close() }
}
