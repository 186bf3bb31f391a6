/**
 * Compares tokenizers with Hugging Face's `tokenizers` on many texts: ids, decoding, counts, streams, safe cuts, both implementations.
 *
 *     node --conditions=@sluice/source packages/tokenizer/tools/compare/compare-files.ts PYTHON SEED COUNT FILE…
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { BlockEncoder, type Encoding, loadTokenizerJson } from '../../src/index.ts'
import { createOffsetsCheck } from './offsets-check.ts'

interface Line {
  readonly text?: string
  readonly ids?: readonly number[]
  readonly plain?: readonly number[]
  readonly offsets?: readonly (readonly [number, number])[]
  readonly decode?: readonly number[]
  readonly decoded: string
}

const [python = 'python3', seed = '1', count = '2000', ...files] = process.argv.slice(2)
const utf8 = new TextEncoder()
const allowed = { allowedSpecial: 'all' } as const

/** Differences that are shown; all are counted. */
const mostShown = 5
let failed = false

for (const file of files) {
  const started = performance.now()
  let encodings: Encoding[]
  try {
    const bytes = readFileSync(file)
    encodings = [
      await loadTokenizerJson(bytes, { implementation: 'auto' }),
      await loadTokenizerJson(bytes, { implementation: 'typescript', cacheBytes: 0 }),
    ]
  } catch (error) {
    console.log(`${file}: ${String(error)}`)
    failed = true
    continue
  }
  const loaded = performance.now() - started
  const differences = new Map<string, number>()
  const report = (what: string, text: unknown, ours: unknown, theirs: unknown): void => {
    const before = differences.get(what) ?? 0
    differences.set(what, before + 1)
    if (before >= mostShown) return
    const shown = [text, ours, theirs].map((value) => (JSON.stringify(value) ?? String(value)).slice(0, 300))
    console.log(`  ${what}: ${shown[0]}\n    ours   ${shown[1]}\n    theirs ${shown[2]}`)
  }
  const checkOffsets = createOffsetsCheck(report)
  let texts = 0
  let cuts = 0
  for await (const line of referenceLines(file)) {
    if (line.decode !== undefined) {
      const ours = encodings[0]!.decode(line.decode)
      if (ours !== line.decoded) report('decoding of random ids', line.decode, ours, line.decoded)
      continue
    }
    texts++
    const { text, ids, plain, offsets } = line as Required<Line>
    const bytes = utf8.encode(text)
    for (const [i, encoding] of encodings.entries()) {
      const ours = encoding.encode(text)
      if (!same(ours, ids)) report(`ids (${i})`, text, around(ours, ids), around(ids, ours))
      if (encoding.count(text) !== ids.length) report('count', text, encoding.count(text), ids.length)
    }
    const encoding = encodings[0]!
    const decoded = encoding.decode(plain)
    if (decoded !== line.decoded) report('decoding', text, decoded, line.decoded)
    if (offsets !== undefined) checkOffsets(encoding, text, offsets)
    cuts += checkCuts(encoding, bytes, plain, report)
    checkStream(encoding, bytes, plain, report)
  }
  const counts = Array.from(differences, ([what, times]) => `${times} ${what}`)
  failed ||= counts.length > 0
  console.log(
    `${file}: ${texts} texts, ${cuts} cuts, loaded twice in ${loaded.toFixed(0)} ms: ${counts.length === 0 ? 'equal' : counts.join(', ')}`,
  )
}
process.exitCode = failed ? 1 : 0

async function* referenceLines(file: string): AsyncGenerator<Line> {
  const script = fileURLToPath(new URL('file_peer.py', import.meta.url))
  const child = spawn(python, [script, file, seed, count], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Line
}

type Report = (what: string, text: unknown, ours: unknown, theirs: unknown) => void

/** The ids of the parts at up to a few safe cuts, joined, are those of the whole. */
function checkCuts(encoding: Encoding, bytes: Uint8Array, plain: readonly number[], report: Report): number {
  if (bytes.length > 3000) return 0
  const cuts = new Set<number>()
  for (let near = 1; near < bytes.length; near += 3) cuts.add(encoding.findSafeCut(bytes, near, allowed, 3))
  cuts.delete(-1)
  for (const cut of cuts) {
    const ours = [...idsOf(encoding, bytes.subarray(0, cut)), ...idsOf(encoding, bytes.subarray(cut))]
    if (!same(ours, plain))
      report('cut', new TextDecoder().decode(bytes), [cut, ...around(ours, plain)], around(plain, ours))
  }
  return cuts.size
}

function idsOf(encoding: Encoding, bytes: Uint8Array): Uint32Array {
  return encoding.encode(bytes, { addSpecialTokens: false })
}

function checkStream(encoding: Encoding, bytes: Uint8Array, plain: readonly number[], report: Report): void {
  const encoder = new BlockEncoder(encoding, allowed)
  const ours: number[] = []
  for (let at = 0; at < bytes.length; at += 977)
    for (const ids of encoder.push(bytes.subarray(at, at + 977))) ours.push(...ids)
  for (const ids of encoder.flush()) ours.push(...ids)
  if (!same(ours, plain))
    report('stream', new TextDecoder().decode(bytes), around(ours, plain), around(plain, ours))
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The ids around the first difference. */
function around(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return Array.from(a).slice(Math.max(0, i - 3), i + 12)
}
