/**
 * Trains 32,000 tokens beside Hugging Face's trainer, one after the other, on the gathered texts or on those that are named, and compares
 * what they learnt:
 *
 *   npm run bench -- tokenizer/train    or    node --conditions=@sluice/source packages/tokenizer/bench/train.ts [FILE…] [--python PYTHON]
 *
 * Needs a Python with tokenizers 0.23.2.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gatherCorpora } from '@sluice/testing'

interface Trained {
  /** Seconds. */
  readonly wall: number
  readonly processor: number
  /** Peak of the process's memory. Unit: bytes. */
  readonly peak: number
}

interface TokenizerJson {
  readonly model: { readonly vocab: unknown; readonly merges: unknown }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    'vocab-size': { type: 'string', default: '32000' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'sluice-train-'))
try {
  const corpus = join(folder, 'corpus.txt')
  const files = positionals.length > 0 ? positionals : gatherCorpora(console.log).map(({ path }) => path)
  for (const file of files) writeFileSync(corpus, readFileSync(file), { flag: 'a' })
  const size = statSync(corpus).size / 1e6
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  const run = (command: string, args: readonly string[], output: string): Trained =>
    JSON.parse(
      execFileSync(command, [...args, corpus, values['vocab-size'], join(folder, output)], {
        encoding: 'utf8',
      }),
    ) as Trained
  const ours = run(process.execPath, ['--conditions=@sluice/source', here('train-child.ts')], 'ours.json')
  const theirs = run(values.python, [here('train_peer.py')], 'theirs.json')
  const [a, b] = ['ours.json', 'theirs.json'].map(
    (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as TokenizerJson,
  )
  const isEqual =
    JSON.stringify(a!.model.merges) === JSON.stringify(b!.model.merges) &&
    JSON.stringify(a!.model.vocab) === JSON.stringify(b!.model.vocab)
  console.log(
    `${values['vocab-size']} tokens from ${size.toFixed(1)} MB; what was learnt is ${isEqual ? 'equal' : 'DIFFERENT'}`,
  )
  for (const [name, { wall, processor, peak }] of [
    ['Sluice', ours],
    ['tokenizers, one thread', theirs],
  ] as const)
    console.log(
      `  ${name}: ${wall.toFixed(1)} s, processor ${processor.toFixed(1)} s, peak ${(peak / 1e6).toFixed(0)} MB`,
    )
  if (!isEqual) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
