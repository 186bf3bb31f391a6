/**
 * From a seed to trained embeddings and back into a dataset, with the loader of @sluice/dataloader:
 *
 *     node --conditions=@sluice/source examples/train-and-embed.ts [FOLDER]
 *
 * 1. A run draws the tables from a seed. The dataset is lazy: ids, and the tables that they are looked up in.
 * 2. The loader gives windows; the tables learn to tell the next id from one that was drawn at random.
 * 3. A second run takes the trained tables: every row has the new vectors.
 *
 * `train_and_embed.py` beside it does step 2 with PyTorch and the Python reader.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDataLoader } from '@sluice/dataloader'
import { openDataset } from '@sluice/dataset'
import {
  coalesce,
  createSgd,
  loadTables,
  lookUp,
  sparseBackward,
  writeEmbeddingFiles,
} from '@sluice/embedding'
import { resolveRunConfig, runLocally, type RunOptions } from '@sluice/pipeline'
import { Generator } from '@sluice/torch-random'

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'sluice-train-'))
const corpus = [fileURLToPath(new URL('the-verdict.txt', import.meta.url))]
const maxLength = 8

async function run(name: string, options: Partial<RunOptions>): Promise<string> {
  const out = join(folder, name)
  await runLocally({ config: resolveRunConfig({ corpus, maxLength, embeddings: 'lazy', ...options }), out })
  return out
}

// 1. `sluice run the-verdict.txt --out drawn --max-length 8 --embeddings lazy --dim 16 --seed 7`
const drawn = await run('drawn', { dim: 16, seed: 7 })
await using dataset = await openDataset(drawn)
const { tokenTable, positionTable } = await loadTables(join(drawn, 'tables/tables.safetensors'))
if (positionTable === undefined) throw new Error('Expected a table of positions')

// 2. x = token[id] + position[p]; a logistic loss wants x · token[next id] high and x · token[any id] low.
const tokenStep = createSgd(tokenTable, { learningRate: 20 })
const positionStep = createSgd(positionTable, { learningRate: 20 })
const others = new Generator(1)
const loader = await createDataLoader(dataset, { batchSize: 16, shuffle: 'keyed', seed: 1, embeds: false })
for (let epoch = 0; epoch < 3; epoch++) {
  let sum = 0
  for await (const { inputIds, targetIds } of loader) {
    const inputs = Int32Array.from(inputIds)
    const targets = Int32Array.from(targetIds)
    const drawnIds = targets.map(() => others.random() % tokenTable.numEmbeddings)
    const positions = inputs.map((_, i) => i % maxLength)
    const places = lookUp(positionTable, positions)
    const x = lookUp(tokenTable, inputs).map((value, i) => value + places[i]!)
    const wanted = logisticLoss(x, lookUp(tokenTable, targets), 1)
    const unwanted = logisticLoss(x, lookUp(tokenTable, drawnIds), -1)
    sum += wanted.loss + unwanted.loss
    const gradX = wanted.gradX.map((value, i) => value + unwanted.gradX[i]!)
    // The token table is used three times: to look the ids up, and to score the next ones and the drawn ones.
    const ids = Int32Array.of(...inputs, ...targets, ...drawnIds)
    const grads = Float32Array.of(...gradX, ...wanted.gradRows, ...unwanted.gradRows)
    tokenStep.step(coalesce(sparseBackward(tokenTable, ids, grads)))
    positionStep.step(coalesce(sparseBackward(positionTable, positions, gradX)))
  }
  console.log(`epoch ${epoch + 1}: loss ${(sum / loader.length).toFixed(3)} over ${loader.length} batches`)
}
await writeEmbeddingFiles(join(folder, 'trained'), { tokenTable, positionTable })

// 3. `sluice run the-verdict.txt --out again --max-length 8 --tables trained/tables.safetensors`
const tables = join(folder, 'trained/tables.safetensors')
const again = await run('again', { tables, embeddings: 'full' })
await using embedded = await openDataset(again)
const { inputIds, inputsEmbeds } = await embedded.read(0)
const first = lookUp(tokenTable, Int32Array.of(inputIds[0]!)).map(
  (value, i) => value + positionTable.weight[i]!,
)
const same = first.every((value, i) => value === inputsEmbeds?.[i])
console.log(`the first vector of the new dataset is ${same ? '' : 'not '}the trained one`)

/** Mean of log(1 + e^(−sign · x·row)) over all rows, and its gradients. */
function logisticLoss(
  x: Float32Array,
  rows: Float32Array,
  sign: 1 | -1,
): { readonly loss: number; readonly gradX: Float32Array; readonly gradRows: Float32Array } {
  const { embeddingDim: dim } = tokenTable
  const count = x.length / dim
  const gradX = new Float32Array(x.length)
  const gradRows = new Float32Array(x.length)
  let loss = 0
  for (let row = 0; row < count; row++) {
    let dot = 0
    for (let d = row * dim; d < (row + 1) * dim; d++) dot += x[d]! * rows[d]!
    loss += Math.log1p(Math.exp(-sign * dot)) / count
    const grad = -sign / (1 + Math.exp(sign * dot)) / count
    for (let d = row * dim; d < (row + 1) * dim; d++) {
      gradX[d] = grad * rows[d]!
      gradRows[d] = grad * x[d]!
    }
  }
  return { loss, gradX, gradRows }
}
