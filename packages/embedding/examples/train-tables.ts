/**
 * Trains a token and a position table to tell which letter comes next, and saves them.
 *
 *     node --conditions=@sluice/source packages/embedding/examples/train-tables.ts [FOLDER]
 *
 * The model is as small as one can be: x = token[id] + position[p]; the next letter's logits are x · token (tied weights).
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Generator } from '@sluice/torch-random'
import {
  backward,
  createAdamW,
  createEmbeddingTable,
  createSgd,
  lookUp,
  sparseBackward,
  writeEmbeddingFiles,
} from '@sluice/embedding'

const text = 'the cat sat on the mat and the rat sat on the hat '
const letters = [...new Set(text)].toSorted()
const dim = 16
const length = 10

// Windows of `length` letters; the target of each letter is the one that follows it.
const ids = Int32Array.from(text, (letter) => letters.indexOf(letter))
const starts = Array.from({ length: ids.length - length }, (_, start) => start)
const inputs = Int32Array.from(starts.flatMap((start) => Array.from(ids.subarray(start, start + length))))
const targets = Int32Array.from(
  starts.flatMap((start) => Array.from(ids.subarray(start + 1, start + length + 1))),
)
const positions = inputs.map((_, i) => i % length)

const generator = new Generator(123)
const tokenTable = createEmbeddingTable({ numEmbeddings: letters.length, embeddingDim: dim, generator })
const positionTable = createEmbeddingTable({ numEmbeddings: length, embeddingDim: dim, generator })
const tokenStep = createAdamW(tokenTable, { learningRate: 0.05 })
const positionStep = createSgd(positionTable, { learningRate: 0.5 })

for (let epoch = 0; epoch <= 120; epoch++) {
  const places = lookUp(positionTable, positions)
  const x = lookUp(tokenTable, inputs).map((value, i) => value + places[i]!)
  const { loss, gradX, gradTable } = nextLetterLoss(x)
  if (epoch % 40 === 0) console.log(`epoch ${epoch}: loss ${loss.toFixed(3)}`)
  // The token table is used twice: to look the letters up, and to score the next ones.
  const { values } = backward(tokenTable, inputs, gradX)
  tokenStep.step({ kind: 'dense', values: values.map((value, i) => value + gradTable[i]!) })
  positionStep.step(sparseBackward(positionTable, positions, gradX))
}

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'sluice-tables-'))
const files = await writeEmbeddingFiles(folder, { tokenTable, positionTable })
console.log(
  `saved ${join(folder, files.tables.name)} (sha256 ${files.tables.sha256.slice(0, 12)}…) and ${files.graph.name}`,
)

/** Mean cross-entropy over all letters, and its gradients. */
function nextLetterLoss(x: Float32Array): { loss: number; gradX: Float32Array; gradTable: Float32Array } {
  const { weight } = tokenTable
  const gradX = new Float32Array(x.length)
  const gradTable = new Float32Array(weight.length)
  let loss = 0
  for (let i = 0; i < targets.length; i++) {
    const logits = letters.map((_, v) => {
      let dot = 0
      for (let d = 0; d < dim; d++) dot += x[i * dim + d]! * weight[v * dim + d]!
      return dot
    })
    const highest = Math.max(...logits)
    const exponentials = logits.map((logit) => Math.exp(logit - highest))
    const sum = exponentials.reduce((total, value) => total + value)
    loss -= Math.log(exponentials[targets[i]!]! / sum) / targets.length
    exponentials.forEach((value, v) => {
      const grad = (value / sum - (v === targets[i] ? 1 : 0)) / targets.length
      for (let d = 0; d < dim; d++) {
        gradX[i * dim + d] = gradX[i * dim + d]! + grad * weight[v * dim + d]!
        gradTable[v * dim + d] = gradTable[v * dim + d]! + grad * x[i * dim + d]!
      }
    })
  }
  return { loss, gradX, gradTable }
}
