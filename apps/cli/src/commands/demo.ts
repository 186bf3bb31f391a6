import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cutWindows } from '@sluice/dataloader'
import { folderStorage, manifestName, openSources, readManifest } from '@sluice/dataset'
import {
  createEmbedder,
  createEmbeddingTable,
  hasOnnxRuntime,
  tableFromWeight,
  type EmbeddingTable,
} from '@sluice/embedding'
import { chooseTokenizer } from '@sluice/pipeline'
import { Generator } from '@sluice/torch-random'
import { requireOut } from '../config/output-folder.ts'
import { CommandError } from '../errors.ts'
import { print } from '../terminal/output.ts'
import { run } from './run.ts'

/** `sluice demo`, as typed. */
export interface DemoFlags {
  readonly out?: string
}

/** Where the example text may be: in a checkout, and in the installed package. */
const exampleTexts = [
  new URL('../../../../examples/the-verdict.txt', import.meta.url),
  new URL('../the-verdict.txt', import.meta.url),
].map((url) => fileURLToPath(url))

/**
 * The chapter's settings: `create_dataloader_v1(batch_size=8, max_length=4, stride=4)` and `Embedding(50257, 256)`. The
 * provider is ONNX Runtime where it is installed, so that the graph itself is shown; the kernel gives the same bits.
 */
const chapter = {
  ...{ seed: 123, batchSize: 8, maxLength: 4, stride: 4, dim: 256 },
  provider: hasOnnxRuntime() ? 'cpu' : 'wasm',
} as const

export async function demo({ out = 'sluice-demo' }: DemoFlags): Promise<void> {
  requireOut(out)
  const text = exampleTexts.find((path) => existsSync(path))
  if (text === undefined) {
    const message = `Expected the example text at ${exampleTexts.join(' or ')}; install the program again`
    throw new CommandError('no-example', message)
  }
  step('1. A small embedding table: torch.manual_seed(123), torch.nn.Embedding(6, 3)')
  const small = createEmbeddingTable({
    numEmbeddings: 6,
    embeddingDim: 3,
    generator: new Generator(chapter.seed),
  })
  print(...formatMatrix(small.weight, small.embeddingDim))

  step('2. Looking up id 3 gives row 3')
  print(...formatMatrix(rowOf(small, 3), small.embeddingDim))

  step('3. Words have places: a position vector is added to the token vector')
  await showAddition()

  step('4. A batch: 8 windows of 4 tokens become input embeddings of shape (8, 4, 256)')
  await showBatch(text)

  const through = chapter.provider === 'cpu' ? 'the ONNX graph on ONNX Runtime' : 'the WebAssembly kernel'
  step(`5. The real thing: the whole text, through ${through}, into an Arrow dataset`)
  await removeEarlierDemo(out)
  await run([relative(process.cwd(), text)], {
    out,
    maxLength: chapter.maxLength,
    stride: chapter.stride,
    dim: chapter.dim,
    seed: chapter.seed,
    provider: chapter.provider,
  })
}

/** The chapter's own example of adding a position, through the graph's Gather, Gather and Add. */
async function showAddition(): Promise<void> {
  const token = [0.5, -0.2, 0.1]
  const position = [0.1, 0.3, -0.1]
  const embedder = await createEmbedder({
    tokenTable: tableOf(token),
    positionTable: tableOf(position),
    provider: chapter.provider,
  })
  const sum = new Float32Array(token.length)
  await embedder.embed(Int32Array.of(0), Int32Array.of(0), sum)
  await embedder.close()
  print(
    `token     ${formatVector(token)}`,
    `position  ${formatVector(position)}`,
    `input     ${formatVector(sum)}`,
  )
}

async function showBatch(path: string): Promise<void> {
  const { readFile } = await import('node:fs/promises')
  const { encoding } = await chooseTokenizer({ encoding: 'gpt2', tokenizer: null, separatorId: null })
  const ids = Int32Array.from(encoding.encode(await readFile(path)))
  const { batchSize, maxLength, dim } = chapter
  const inputIds = new Int32Array(batchSize * maxLength)
  const targetIds = new Int32Array(batchSize * maxLength)
  cutWindows(ids, batchSize, chapter, inputIds, targetIds)
  print(`token ids (${batchSize}, ${maxLength})`)
  for (let row = 0; row < batchSize; row++) {
    const window = inputIds.subarray(row * maxLength, (row + 1) * maxLength)
    print(
      `  ${[...window].map((id) => String(id).padStart(6)).join('')}   ${JSON.stringify(encoding.decode(window))}`,
    )
  }
  const generator = new Generator(chapter.seed)
  const tokenTable = createEmbeddingTable({ numEmbeddings: encoding.vocabSize, embeddingDim: dim, generator })
  const positionTable = createEmbeddingTable({ numEmbeddings: maxLength, embeddingDim: dim, generator })
  const embedder = await createEmbedder({ tokenTable, positionTable, provider: chapter.provider })
  const embeds = new Float32Array(inputIds.length * dim)
  await embedder.embed(
    inputIds,
    Int32Array.from({ length: maxLength }, (_, place) => place),
    embeds,
  )
  await embedder.close()
  print(
    `input embeddings (${batchSize}, ${maxLength}, ${embeds.length / inputIds.length}), the first one ${formatVector(embeds.subarray(0, 3), ', …')}`,
  )
}

/** Removes the folder if a demo made it: another dataset stays. */
async function removeEarlierDemo(out: string): Promise<void> {
  const storage = folderStorage(out)
  if ((await storage.stat(manifestName)) === undefined) return
  const { layout, ...manifest } = await readManifest(storage)
  const sources = openSources(storage, manifest.sources)
  const own =
    sources.count === 1 &&
    (await sources.at(0))?.name.endsWith('the-verdict.txt') &&
    layout.maxLength === chapter.maxLength
  if (own === true) await rm(out, { recursive: true })
}

function tableOf(vector: readonly number[]): EmbeddingTable {
  return tableFromWeight({ embeddingDim: vector.length, weight: Float32Array.from(vector) })
}

function rowOf({ weight, embeddingDim }: EmbeddingTable, row: number): Float32Array {
  return weight.subarray(row * embeddingDim, (row + 1) * embeddingDim)
}

function formatMatrix(values: Float32Array, columns: number): string[] {
  const rows = Array.from({ length: values.length / columns }, (_, row) =>
    values.subarray(row * columns, (row + 1) * columns),
  )
  return rows.map((row) => `  ${[...row].map((value) => value.toFixed(4).padStart(8)).join(' ')}`)
}

function formatVector(values: Iterable<number>, rest = ''): string {
  return `[${[...values].map((value) => (value + 0).toFixed(4).replace(/0{1,3}$/, '')).join(', ')}${rest}]`
}

function step(text: string): void {
  print('', { title: text })
}
