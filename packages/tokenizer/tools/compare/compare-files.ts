/**
 * Compares tokenizers with the programs they come from (`tokenizers` 0.23.2, `tiktoken` 0.14, `sentencepiece` 0.2.2): ids, decoding,
 * offsets, counts, streams in chunks of random sizes, safe cuts, both implementations.
 *
 *     node --conditions=@sluice/source packages/tokenizer/tools/compare/compare-files.ts [--python python3] [--seed 1] [--count 100000] [--run 1000000] [--every 1] [--beginning 300000] [--share 1] [--may-refuse] [--json FILE] TARGET…
 *
 * A TARGET is a tokenizer.json, a tekken.json, a SentencePiece .model or the name of a built-in encoding. Every Unicode scalar in three
 * contexts, or with `--every N` each Nth block of 4,096 of them. The texts of the benchmark are gathered, and
 * `--beginning` bytes of each compared. With `--share N` one text in N, drawn, is also compared by the slow implementation, counted, streamed
 * and cut; all others by the fast one only: ids, ids with the template, decoding, offsets. `--may-refuse`: a tokenizer with a component that is refused by name is no failure. `--json` adds a line for
 * each target.
 */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gatherCorpora } from '@sluice/testing'
import { type ResolvedTokenizer, TokenizerError } from '../../src/index.ts'
import { TextComparison, type Line } from './compare-text.ts'
import { randomSource } from './random-pieces.ts'
import { openTarget } from './targets.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: process.env['SLUICE_BENCH_PYTHON'] ?? 'python3' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100000' },
    run: { type: 'string', default: '1000000' },
    every: { type: 'string', default: '1' },
    beginning: { type: 'string', default: '300000' },
    share: { type: 'string', default: '1' },
    'may-refuse': { type: 'boolean', default: false },
    json: { type: 'string' },
  },
})
const corpora = gatherCorpora(console.error).map(({ path }) => path)
const ranks = fileURLToPath(new URL('data/', import.meta.resolve('gpt-tokenizer/package.json')))

for (const target of positionals) {
  const started = performance.now()
  let fast: ResolvedTokenizer
  let slow: ResolvedTokenizer
  try {
    fast = await openTarget(target, { implementation: 'auto' })
    slow = await openTarget(target, { implementation: 'typescript', cacheBytes: 0 })
  } catch (error) {
    const isRefusal = error instanceof TokenizerError && error.code === 'unsupported-component'
    console.log(`${isRefusal ? 'refused  ' : 'FAILED   '} ${basename(target)}: ${String(error)}`)
    if (!isRefusal || !values['may-refuse']) process.exitCode = 1
    continue
  }
  const { kind } = fast.description
  const share = Number(values.share)
  const comparison = new TextComparison(
    { fast: fast.encoding, slow: slow.encoding, kind, share },
    randomSource(Number(values.seed)),
  )
  for await (const line of referenceLines(target, fast)) comparison.take(line)
  const { texts, bytes, drawn, cuts, failures, differences } = comparison
  const seconds = (performance.now() - started) / 1000
  const found = Array.from(differences, ([what, times]) => `${times} ${what}`).join(', ')
  if (found !== '' || texts === 0) process.exitCode = 1
  console.log(
    `${found === '' ? 'equal    ' : 'DIFFERENT'} ${basename(target)}: ${texts} texts of ${(bytes / 1e6).toFixed(0)} MB, ${drawn} of them also by the slow implementation, counted, streamed and cut at ${cuts} places, ${failures} failures of the reference, ${seconds.toFixed(0)} s${found === '' ? '' : `: ${found}`}`,
  )
  if (values.json !== undefined) {
    const row = {
      target: basename(target),
      kind,
      seed: Number(values.seed),
      texts,
      bytes,
      drawn,
      cuts,
      failures,
    }
    appendFileSync(
      values.json,
      `${JSON.stringify({ ...row, differences: Object.fromEntries(differences) })}\n`,
    )
  }
}

async function* referenceLines(target: string, { encoding }: ResolvedTokenizer): AsyncGenerator<Line> {
  const script = fileURLToPath(new URL('file_peer.py', import.meta.url))
  const child = spawn(
    values.python,
    [
      script,
      target,
      values.seed,
      values.count,
      values.run,
      values.every,
      values.beginning,
      ranks,
      ...corpora,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TOKENIZERS_PARALLELISM: 'false', RAYON_NUM_THREADS: '1' },
    },
  )
  child.stdin.end(`${JSON.stringify(Object.fromEntries(encoding.specialTokens))}\n`)
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Line
}
