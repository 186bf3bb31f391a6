/**
 * Trains a token and a position table on the example text: the loader feeds the training step of @sluice/embedding.
 *
 *     node --conditions=@sluice/source packages/dataloader/examples/train-tables.ts
 *
 * x = token[id] + position[p]; the next id's logits are x · token (tied weights). Only the ids that the text has are
 * numbered, so that an epoch takes a second and not a minute.
 */
import { readFileSync } from 'node:fs'
import { createDataLoader } from '@sluice/dataloader'
import { backward, createAdamW, createEmbeddingTable, lookUp } from '@sluice/embedding'
import { getEncoding } from '@sluice/tokenizer'
import { Generator } from '@sluice/torch-random'

const text = readFileSync(new URL('../../../examples/the-verdict.txt', import.meta.url), 'utf8')
const textIds = (await getEncoding('gpt2')).encode(text)
const numberOf = new Map([...new Set(textIds)].map((id, number) => [id, number]))
const ids = Int32Array.from(textIds, (id) => numberOf.get(id)!)

const dim = 16
const maxLength = 8
const generator = new Generator(123)
const tokenTable = createEmbeddingTable({ numEmbeddings: numberOf.size, embeddingDim: dim, generator })
const positionTable = createEmbeddingTable({ numEmbeddings: maxLength, embeddingDim: dim, generator })
const tokenStep = createAdamW(tokenTable, { learningRate: 0.02 })
const positionStep = createAdamW(positionTable, { learningRate: 0.02 })

const loader = await createDataLoader(ids, {
  maxLength,
  stride: maxLength,
  batchSize: 32,
  shuffle: 'keyed',
  seed: 1,
})
for (let epoch = 0; epoch < 5; epoch++) {
  let sum = 0
  for await (const { inputIds, targetIds } of loader) {
    const inputs = Int32Array.from(inputIds)
    const positions = inputs.map((_, i) => i % maxLength)
    const places = lookUp(positionTable, positions)
    const x = lookUp(tokenTable, inputs).map((value, i) => value + places[i]!)
    const { loss, gradX, gradTable } = nextIdLoss(x, targetIds)
    sum += loss
    // The token table is used twice: to look the ids up, and to score the next ones.
    const { values } = backward(tokenTable, inputs, gradX)
    tokenStep.step({ kind: 'dense', values: values.map((value, i) => value + gradTable[i]!) })
    positionStep.step(backward(positionTable, positions, gradX))
  }
  console.log(`epoch ${epoch + 1}: loss ${(sum / loader.length).toFixed(3)} over ${loader.length} batches`)
}

/** Mean cross-entropy over all ids of a batch, and its gradients. */
function nextIdLoss(x: Float32Array, targets: ArrayLike<number>) {
  const { weight, numEmbeddings } = tokenTable
  const gradX = new Float32Array(x.length)
  const gradTable = new Float32Array(weight.length)
  const scores = new Float64Array(numEmbeddings)
  let loss = 0
  for (let i = 0; i < targets.length; i++) {
    let highest = -Infinity
    for (let v = 0; v < numEmbeddings; v++) {
      let dot = 0
      for (let d = 0; d < dim; d++) dot += x[i * dim + d]! * weight[v * dim + d]!
      scores[v] = dot
      highest = Math.max(highest, dot)
    }
    let sum = 0
    for (let v = 0; v < numEmbeddings; v++) sum += scores[v] = Math.exp(scores[v]! - highest)
    loss -= Math.log(scores[targets[i]!]! / sum) / targets.length
    for (let v = 0; v < numEmbeddings; v++) {
      const grad = (scores[v]! / sum - (v === targets[i] ? 1 : 0)) / targets.length
      for (let d = 0; d < dim; d++) {
        gradX[i * dim + d]! += grad * weight[v * dim + d]!
        gradTable[v * dim + d]! += grad * x[i * dim + d]!
      }
    }
  }
  return { loss, gradX, gradTable }
}
