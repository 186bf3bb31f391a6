/**
 * Compares every GPU provider of this machine with the CPU, bit for bit, and measures them:
 *
 *     npm run gpu-check              # cuda, webgpu, dml, coreml: whichever start
 *     npm run gpu-check -- webgpu    # this one; an error when it does not start
 *     npm run gpu-check -- --software    # webgpu on a device in software (Linux x64): shows that the check works
 *
 * Prints one table. Exit code 1 when a result differs, a provider that was asked for does not start, or none does.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createEmbedder, createEmbeddingTable, writeEmbeddingFiles, type Provider } from '@sluice/embedding'
import { Generator, fillRandint } from '@sluice/torch-random'
import { describeMachine, renderTable } from '@sluice/testing'
import { swiftshaderEnvironment } from './swiftshader.ts'

const gpuProviders: readonly Provider[] = ['cuda', 'webgpu', 'dml', 'coreml']
const dims = [256, 768]
const vocabSize = 50257
const [windows, length] = [32, 1024]
const rounds = 5

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { software: { type: 'boolean', default: false } },
})
const wanted = gpuProviders.filter((provider) => positionals.includes(provider))
if (wanted.length !== positionals.length) {
  console.error(`Unknown provider among ${positionals.join(', ')}: expected ${gpuProviders.join(', ')}`)
  process.exit(2)
}
process.exitCode = values.software ? await checkInSoftware() : await check()

async function checkInSoftware(): Promise<number> {
  // The Vulkan loader is found through the environment in which a process starts.
  const args = ['--conditions=@sluice/source', import.meta.filename, 'webgpu']
  const env = { ...process.env, ...(await swiftshaderEnvironment()) }
  return spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1
}

async function check(): Promise<number> {
  const rows: (string | number)[][] = []
  const missing: string[] = []
  let [ran, different] = [0, 0]
  for (const dim of dims) {
    const expected = await embed('cpu', dim)
    rows.push(['cpu', dim, 'reference', gigabytes(expected)])
    for (const provider of wanted.length > 0 ? wanted : gpuProviders) {
      try {
        const result = await embed(provider, dim)
        const same = Buffer.compare(result.bytes, expected.bytes) === 0
        ran += 1
        different += same ? 0 : 1
        rows.push([provider, dim, same ? 'the same bits' : 'DIFFERENT', gigabytes(result)])
      } catch (error) {
        if (dim === dims[0]) missing.push(error instanceof Error ? error.message : String(error))
      }
    }
  }
  const title = `gpu-check, ${new Date().toISOString().slice(0, 10)}, ${Object.values(describeMachine()).join(', ')}`
  const columns = [
    'provider',
    'dim',
    `${windows} x ${length} ids, vocabulary ${vocabSize}`,
    'GB/s of output, best',
  ]
  console.log(renderTable({ title, columns, rows, notes: missing }))
  if (ran === 0) console.error('gpu-check: no GPU provider starts here')
  return ran > 0 && different === 0 && (wanted.length === 0 || missing.length === 0) ? 0 : 1
}

interface Result {
  readonly bytes: Uint8Array
  readonly seconds: number
}

function gigabytes({ bytes, seconds }: Result): string {
  return (bytes.length / seconds / 1e9).toFixed(2)
}

async function embed(provider: Provider, dim: number): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-gpu-check-'))
  try {
    const generator = new Generator(123)
    const tokenTable = createEmbeddingTable({ numEmbeddings: vocabSize, embeddingDim: dim, generator })
    const positionTable = createEmbeddingTable({ numEmbeddings: length, embeddingDim: dim, generator })
    await writeEmbeddingFiles(directory, { tokenTable, positionTable })
    const inputIds = new Int32Array(windows * length)
    fillRandint(inputIds, { high: vocabSize, generator })
    const positionIds = Int32Array.from({ length }, (_, i) => i)
    const output = new Float32Array(inputIds.length * dim)
    const embedder = await createEmbedder({ directory, provider })
    let seconds = Infinity
    for (let round = 0; round < rounds; round++) {
      output.fill(0)
      const start = performance.now()
      await embedder.embed(inputIds, positionIds, output)
      seconds = Math.min(seconds, (performance.now() - start) / 1000)
    }
    await embedder.close()
    return { bytes: new Uint8Array(output.buffer), seconds }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
