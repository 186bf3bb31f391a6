import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { cutWindows } from '@sluice/dataloader'
import { folderStorage, manifestName, readManifest } from '@sluice/dataset'
import { createEmbedder, createEmbeddingTable, tableFromWeight, type EmbeddingTable } from '@sluice/embedding'
import { getEncoding } from '@sluice/tokenizer'
import { Generator } from '@sluice/torch-random'
import { CommandError } from '../errors.ts'
import { run } from './run.ts'
import type { DemoFlags } from './demo.command.ts'

const exampleText = new URL('../../../../examples/the-verdict.txt', import.meta.url)

/** The chapter's settings: `create_dataloader_v1(batch_size=8, max_length=4, stride=4)` and `Embedding(50257, 256)`. */
const chapter = { seed: 123, batchSize: 8, maxLength: 4, stride: 4, dim: 256 } as const

export async function demo({ out = 'sluice-demo' }: DemoFlags): Promise<void> {
  const text = fileURLToPath(exampleText)
  if (!existsSync(text)) {
    throw new CommandError(
      'not-a-checkout',
      `The example text is part of the repository, and ${text} is not there; run the demo in a checkout`,
    )
  }
  step('1. A small embedding table: torch.manual_seed(123), torch.nn.Embedding(6, 3)')
  const small = createEmbeddingTable({
    numEmbeddings: 6,
    embeddingDim: 3,
    generator: new Generator(chapter.seed),
  })
  console.log(formatMatrix(small.weight, small.embeddingDim))

  step('2. Looking up id 3 gives row 3')
  console.log(formatMatrix(rowOf(small, 3), small.embeddingDim))

  step('3. Words have places: a position vector is added to the token vector')
  await showAddition()

  step('4. A batch: 8 windows of 4 tokens become input embeddings of shape (8, 4, 256)')
  await showBatch(text)

  step('5. The real thing: the whole text, through ONNX Runtime, into an Arrow dataset')
  await removeEarlierDemo(out)
  await run([relative(process.cwd(), text)], {
    out,
    maxLength: chapter.maxLength,
    stride: chapter.stride,
    dim: chapter.dim,
    seed: chapter.seed,
  })
}

/** The graph's own Gather, Gather and Add, on vectors that can be added in one's head. */
async function showAddition(): Promise<void> {
  const token = [0.5, -0.1, 0.3]
  const position = [0.1, 0.2, -0.3]
  const embedder = await createEmbedder({ tokenTable: tableOf(token), positionTable: tableOf(position) })
  const sum = new Float32Array(token.length)
  await embedder.embed(Int32Array.of(0), Int32Array.of(0), sum)
  await embedder.close()
  console.log(`token     ${formatVector(token)}
position  ${formatVector(position)}
input     ${formatVector(sum)}`)
}

async function showBatch(path: string): Promise<void> {
  const { readFile } = await import('node:fs/promises')
  const encoding = await getEncoding('gpt2')
  const ids = Int32Array.from(encoding.encode(await readFile(path)))
  const { batchSize, maxLength, dim } = chapter
  const inputIds = new Int32Array(batchSize * maxLength)
  const targetIds = new Int32Array(batchSize * maxLength)
  cutWindows(ids, batchSize, chapter, inputIds, targetIds)
  console.log(`token ids (${batchSize}, ${maxLength})`)
  for (let row = 0; row < batchSize; row += 1) {
    const window = inputIds.subarray(row * maxLength, (row + 1) * maxLength)
    console.log(
      `  ${[...window].map((id) => String(id).padStart(6)).join('')}   ${JSON.stringify(encoding.decode(window))}`,
    )
  }
  const generator = new Generator(chapter.seed)
  const tokenTable = createEmbeddingTable({ numEmbeddings: encoding.vocabSize, embeddingDim: dim, generator })
  const positionTable = createEmbeddingTable({ numEmbeddings: maxLength, embeddingDim: dim, generator })
  const embedder = await createEmbedder({ tokenTable, positionTable })
  const embeds = new Float32Array(inputIds.length * dim)
  await embedder.embed(
    inputIds,
    Int32Array.from({ length: maxLength }, (_, place) => place),
    embeds,
  )
  await embedder.close()
  console.log(
    `input embeddings (${batchSize}, ${maxLength}, ${embeds.length / inputIds.length}), the first one ${formatVector(embeds.subarray(0, 3), ', …')}`,
  )
}

/** The folder is the demo's own only if a demo made it. */
async function removeEarlierDemo(out: string): Promise<void> {
  const storage = folderStorage(out)
  if ((await storage.stat(manifestName)) === undefined) return
  const { sources, layout } = await readManifest(storage)
  const own =
    sources.length === 1 &&
    sources[0]?.name.endsWith('the-verdict.txt') &&
    layout.maxLength === chapter.maxLength
  if (own === true) await rm(out, { recursive: true })
}

function tableOf(vector: readonly number[]): EmbeddingTable {
  return tableFromWeight({ embeddingDim: vector.length, weight: Float32Array.from(vector) })
}

function rowOf({ weight, embeddingDim }: EmbeddingTable, row: number): Float32Array {
  return weight.subarray(row * embeddingDim, (row + 1) * embeddingDim)
}

function formatMatrix(values: Float32Array, columns: number): string {
  const rows = Array.from({ length: values.length / columns }, (_, row) =>
    values.subarray(row * columns, (row + 1) * columns),
  )
  return rows.map((row) => `  ${[...row].map((value) => value.toFixed(4).padStart(8)).join(' ')}`).join('\n')
}

function formatVector(values: Iterable<number>, rest = ''): string {
  return `[${[...values].map((value) => (value + 0).toFixed(4).replace(/0{1,3}$/, '')).join(', ')}${rest}]`
}

function step(text: string): void {
  console.log(`\n${styleText('bold', text, { stream: process.stdout })}`)
}
