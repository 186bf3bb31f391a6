// Reads the dataset `book` that the command line has made: for runtimes other than Node, too.
import { createDataLoader } from '@sluice/dataloader'
import { openDataset } from '@sluice/dataset'
import { getEncoding } from '@sluice/tokenizer'

const encoding = await getEncoding('gpt2')
const dataset = await openDataset('book')
const { inputIds } = await dataset.read(0)
const text = encoding.decode(inputIds)
if (!text.startsWith('I HAD always thought Jack Gisburn')) throw new Error(`The first window is ${text}`)
const loader = await createDataLoader(dataset, { batchSize: 8, shuffle: false, dropLast: false })
let ids = 0
for await (const batch of loader) ids += batch.inputIds.length
if (ids !== dataset.length * inputIds.length) throw new Error(`${dataset.length} windows came as ${ids} ids`)
await dataset[Symbol.asyncDispose]()
console.log(`${dataset.length} windows read`)
