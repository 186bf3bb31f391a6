/**
 * Compares the models of tokenizer.json files with the tokenizers library, piece by piece:
 *
 *   node --conditions=@sluice/source packages/tokenizer/tools/compare/compare-models.ts PYTHON FILE… [--pieces 100000] [--seed 1]
 *
 * PYTHON has tokenizers 0.23.2. For every file: random pieces, every Unicode scalar value in three contexts, long runs; ids, ends of
 * tokens, and ids of pieces cut where the model says that they can be.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { modelFamilies } from '../../src/model/model-families.ts'
import type { TokenModel } from '../../src/model/token-model.ts'
import { longRuns, randomPiece, randomSource } from './random-pieces.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pieces: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
})
const [python, ...files] = positionals
const text = readFileSync(fileURLToPath(import.meta.url), 'utf8')
const peerScript = fileURLToPath(new URL('model_peer.py', import.meta.url))
const utf8 = new TextEncoder()
let failures = 0

for (const file of files) await compareFile(file)
process.exit(failures === 0 ? 0 : 1)

async function compareFile(file: string): Promise<void> {
  const json = JSON.parse(readFileSync(file, 'utf8')) as { model: Record<string, unknown> }
  const family = modelFamilies.find(({ matches }) => matches(json.model))
  if (family === undefined) throw new Error(`${file}: no family reads its model`)
  const { model, tokens } = family.read(json.model)
  const peer = spawn(python!, [peerScript, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]()
  const random = randomSource(Number(values.seed))
  const texts = tokens.map(([token]) => token)
  const differences: string[] = []
  let count = 0
  let cuts = 0
  for (const batch of batches(random, texts)) {
    const pieces = batch.filter((piece) => piece !== '')
    peer.stdin.write(`${JSON.stringify(pieces)}\n`)
    const answer = await answers.next()
    if (answer.done === true) throw new Error(`${file}: the reference stopped`)
    const expected = JSON.parse(answer.value) as [ids: number[], ends: number[]][]
    for (const [i, piece] of pieces.entries()) {
      const bytes = utf8.encode(piece)
      const [ids, ends] = expected[i]!
      count++
      for (const [name, got] of encodings(model, bytes, random)) {
        if (name === 'cut') cuts++
        const wanted = name === 'ends' ? endsOfBytes(ids, ends, tokens, got) : ids
        if (got.join() !== wanted.join())
          differences.push(
            `${name} of ${JSON.stringify(piece.slice(0, 200))}: ${got.slice(0, 40).join()}, expected ${wanted.slice(0, 40).join()}`,
          )
      }
    }
  }
  peer.stdin.end()
  failures += differences.length
  console.log(
    `${differences.length === 0 ? 'equal' : 'DIFFERENT'}  ${file} (${family.name}): ${count} pieces, ${cuts} cut, ${differences.length} differences`,
  )
  for (const difference of differences.slice(0, 8)) console.log(`  ${difference}`)
}

/**
 * The library's Unigram gives every byte token of an unknown run the end of the run; ours have the ends of their bytes, so only the last
 * one of a run is compared.
 */
function endsOfBytes(
  ids: readonly number[],
  ends: readonly number[],
  tokens: readonly (readonly [token: string, id: number])[],
  got: readonly number[],
): readonly number[] {
  const isByte = new Set(tokens.filter(([token]) => /^<0x[0-9A-F]{2}>$/.test(token)).map(([, id]) => id))
  return ends.map((end, i) => (isByte.has(ids[i]!) && end === ends[i + 1] ? got[i]! : end))
}

function* encodings(
  model: TokenModel,
  bytes: Uint8Array,
  random: (below: number) => number,
): Generator<readonly [name: 'ids' | 'again' | 'ends' | 'located' | 'cut', got: readonly number[]]> {
  // Not at the beginning of the memory, and with other bytes behind.
  const padded = new Uint8Array(bytes.length + 80).fill(0x61)
  padded.set(bytes, 7)
  const end = 7 + bytes.length
  const target = new Uint32Array(bytes.length + 5)
  const encode = (from: number, to: number, at: number): number =>
    model.encodePiece(padded, from, to, target, at)
  yield ['ids', Array.from(target.subarray(5, encode(7, end, 5)))]
  yield ['again', Array.from(target.subarray(5, encode(7, end, 5)))]
  if (model.locatePiece !== undefined) {
    const ends = new Uint32Array(target.length)
    const out = model.locatePiece(padded, 7, end, { ids: target, ends }, 5)
    yield ['located', Array.from(target.subarray(5, out))]
    yield ['ends', Array.from(ends.subarray(5, out), (at) => at - 7)]
  }
  if (model.canCut === undefined) return
  let at = 5
  let from = 7
  let isCut = false
  for (let offset = 8; offset < end; offset++) {
    if ((padded[offset]! & 0xc0) === 0x80 || random(3) === 0 || !model.canCut(padded, offset)) continue
    at = encode(from, offset, at)
    from = offset
    isCut = true
  }
  if (isCut) yield ['cut', Array.from(target.subarray(5, encode(from, end, at)))]
}

function* batches(random: (below: number) => number, tokens: readonly string[]): Generator<string[]> {
  for (let left = Number(values.pieces); left > 0; left -= 500)
    yield Array.from({ length: Math.min(left, 500) }, () => randomPiece(random, text, tokens))
  for (const [before, after] of [
    ['', ''],
    ['a', 'b'],
    ['▁', '中'],
  ]) {
    let batch: string[] = []
    for (let code = 0; code < 0x110000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue
      batch.push(`${before}${String.fromCodePoint(code)}${after}`)
      if (batch.length === 2000) yield batch.splice(0)
    }
    yield batch
  }
  for (const run of longRuns(random, 20_000)) yield [run]
  for (const token of tokens.slice(0, 20_000)) yield [token]
}
