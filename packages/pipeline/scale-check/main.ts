/**
 * `npm run scale-check [-- --quick]`: the promises that need size. A mixed corpus of over 200 MB is run with 1, 2 and 5
 * threads, three segment sizes, and killed at random moments: the manifests must be one, and the ids tiktoken's. Then peak
 * memory at 10 MB, 100 MB and 1 GB, gzip and standard input included. Some ten minutes, and some 10 GB of disk in the folder of
 * `SLUICE_BENCH_FOLDER`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createGzip, gzipSync, zstdCompressSync } from 'node:zlib'
import { openDataset } from '@sluice/dataset'
import { gatherCorpora, pythonEnvironment, seededRandom } from '@sluice/testing'
import ensureBuild from '@sluice/testing/ensure-build'

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
})
const scale = values.quick ? 0.05 : 1
const runOne = fileURLToPath(new URL('run-one.ts', import.meta.url))
const folder = mkdtempSync(join(process.env['SLUICE_BENCH_FOLDER'] ?? tmpdir(), 'sluice-scale-'))
const maxLength = 256
let failed = false
try {
  ensureBuild()
  const texts = gatherCorpora(console.error).map(({ path }) => readFileSync(path))
  await checkBytes(texts)
  await checkMemory(texts)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = failed ? 1 : 0

/** One file of over 100 MB, and many small ones of several formats. */
function writeMixedCorpus(texts: readonly Buffer[]): string {
  const corpus = join(folder, 'corpus')
  mkdirSync(corpus)
  writeRepeated(join(corpus, 'big.txt'), texts[0]!, 120e6 * scale)
  let written = 0
  for (let file = 0; written < 90e6 * scale; file += 1) {
    const text = texts[file % texts.length]!
    const from = text.indexOf(0x0a, (file * 40_009) % (text.length - 300_000)) + 1
    const piece = text.subarray(from, text.indexOf(0x0a, from + 200_000) + 1)
    const lines = piece
      .toString()
      .split('\n')
      .filter((line) => line !== '')
    const name = join(corpus, String(file).padStart(5, '0'))
    switch (file % 4) {
      case 0:
        writeFileSync(`${name}.txt`, piece)
        break
      case 1:
        writeFileSync(`${name}.jsonl`, lines.map((line) => `${JSON.stringify({ text: line })}\n`).join(''))
        break
      case 2:
        writeFileSync(`${name}.txt.gz`, gzipSync(piece))
        break
      default:
        writeFileSync(
          `${name}.jsonl.zst`,
          zstdCompressSync(lines.map((line) => JSON.stringify({ text: line })).join('\n')),
        )
    }
    written += piece.length
  }
  console.log(
    `corpus: big.txt of ${(120 * scale).toFixed(0)} MB and ${(written / 1e6).toFixed(0)} MB in small files of four kinds`,
  )
  return corpus
}

function writeRepeated(path: string, text: Buffer, byteLength: number): void {
  writeFileSync(path, '')
  for (let written = 0; written < byteLength; written += text.length) writeFileSync(path, text, { flag: 'a' })
}

async function checkBytes(texts: readonly Buffer[]): Promise<void> {
  const corpus = writeMixedCorpus(texts)
  const config = { corpus: [corpus], maxLength, stride: maxLength, embeddings: 'none', invalid: 'replace' }
  const manifests = new Set<string>()
  const note = (title: string, out: string, seconds: number): void => {
    manifests.add(readFileSync(join(out, 'manifest.json'), 'utf8'))
    rmSync(out, { recursive: true })
    console.log(
      `${title}: ${seconds.toFixed(1)} s, ${manifests.size === 1 ? 'the same bytes' : 'OTHER BYTES'}`,
    )
  }
  let undisturbed = 0
  for (const [threads, segmentBytes] of [
    [1, 8 << 20],
    [2, 1 << 20],
    [5, 50_000_000],
  ] as const) {
    const out = join(folder, `t${threads}`)
    const { seconds, peakBytes } = await runProcess({ config, out, threads, segmentBytes })
    if (threads === 2) undisturbed = seconds
    if (threads === 1) await checkIds(corpus, out)
    note(
      `${threads} threads, segments of ${segmentBytes} bytes, peak ${(peakBytes / 1e6).toFixed(0)} MB`,
      out,
      seconds,
    )
  }
  const random = seededRandom(Number(values.seed))
  const out = join(folder, 'killed')
  let kills = 0
  const started = performance.now()
  const run = { config, out, threads: 2, segmentBytes: 4 << 20 }
  // Late enough that most attempts finish some task, early enough that several are needed.
  while (!(await killedAfter(run, 1000 * undisturbed * (0.2 + 0.6 * random()) + 500))) kills += 1
  note(`killed ${kills} times (seed ${values.seed})`, out, (performance.now() - started) / 1000)
  if (manifests.size !== 1) failed = true
}

/** The windows' inputs, side by side, are the ids that tiktoken gives of every document as a whole. */
async function checkIds(corpus: string, out: string): Promise<void> {
  const python = process.env['SLUICE_BENCH_PYTHON'] ?? pythonEnvironment()
  if (python === undefined) {
    console.log('ids: no Python here, not compared')
    return
  }
  await using dataset = await openDataset(out)
  const hash = createHash('sha256')
  for await (const { inputIds } of dataset.batches({ reuseMemory: true }))
    hash.update(new Uint8Array(inputIds.buffer, inputIds.byteOffset, inputIds.byteLength))
  const ours = hash.digest('hex')
  const script = fileURLToPath(new URL('reference.py', import.meta.url))
  const ranks = fileURLToPath(
    new URL('data/r50k_base.tiktoken', import.meta.resolve('gpt-tokenizer/package.json')),
  )
  const printed = execFileSync(python, [script, corpus, String(maxLength), ranks], { encoding: 'utf8' })
  const [count, theirs] = printed.trim().split(' ')
  if (ours !== theirs) failed = true
  console.log(`ids: ${count}, ${ours === theirs ? "tiktoken's" : `OTHERS THAN tiktoken's`}`)
}

async function checkMemory(texts: readonly Buffer[]): Promise<void> {
  for (const megabytes of [10, 100, 1000].map((size) => size * scale)) {
    const text = join(folder, 'memory.txt')
    writeRepeated(text, texts[1]!, megabytes * 1e6)
    const gzipped = join(folder, 'memory.txt.gz')
    await pipeline(createReadStream(text), createGzip({ level: 1 }), createWriteStream(gzipped))
    for (const [title, corpus, input] of [
      ['file', text, undefined],
      ['gz', gzipped, undefined],
      ['standard input', '-', text],
    ] as const) {
      const out = join(folder, 'memory')
      const config = { corpus: [corpus], embeddings: 'none', invalid: 'replace' }
      const { peakBytes, seconds } = await runProcess(
        { config, out, threads: 2, segmentBytes: 8 << 20 },
        input,
      )
      rmSync(out, { recursive: true })
      const over = peakBytes > 600e6
      if (over) failed = true
      console.log(
        `${megabytes} MB, ${title}: peak ${(peakBytes / 1e6).toFixed(0)} MB${over ? ' (OVER 600 MB)' : ''}, ${seconds.toFixed(1)} s`,
      )
    }
  }
}

type RunArguments = {
  readonly config: object
  readonly out: string
  readonly threads: number
  readonly segmentBytes: number
}

async function runProcess(
  run: RunArguments,
  input?: string,
): Promise<{ readonly seconds: number; readonly peakBytes: number }> {
  const child = startRun(run)
  if (input === undefined) child.stdin.end()
  else createReadStream(input).pipe(child.stdin)
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    printed += piece
  })
  const code = await ended(child)
  if (code !== 0) throw new Error(`The run failed with exit code ${code}`)
  return JSON.parse(printed) as { seconds: number; peakBytes: number }
}

/** Runs and kills; true if the run was done before. */
async function killedAfter(run: RunArguments, milliseconds: number): Promise<boolean> {
  const child = startRun(run)
  const end = ended(child)
  const stop = new AbortController()
  void delay(milliseconds, undefined, { signal: stop.signal }).then(
    () => child.kill('SIGKILL'),
    () => {},
  )
  const code = await end
  stop.abort()
  // A kill between the commit and the end leaves a dataset, and a next run that says so.
  const done = existsSync(join(run.out, 'manifest.json'))
  if (code !== null && code !== 0 && !done) throw new Error(`The run failed with exit code ${code}`)
  return done
}

function startRun(run: RunArguments) {
  return spawn(process.execPath, [runOne, JSON.stringify(run)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
}

function ended(child: ReturnType<typeof startRun>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
}
