/** The shuffled batches of "Build a Large Language Model (From Scratch)", chapter 2, stopped and resumed. */
import { readFileSync } from 'node:fs'
import { createDataLoader } from '@sluice/dataloader'
import { Generator } from '@sluice/torch-random'

const text = readFileSync(new URL('../../../examples/the-verdict.txt', import.meta.url), 'utf8')

// torch.manual_seed(123); create_dataloader_v1(text, batch_size=8, max_length=4, stride=4)
const options = { batchSize: 8, maxLength: 4, stride: 4 }
const loader = await createDataLoader(text, { ...options, globalGenerator: new Generator(123) })
const firstRow = (ids: Int32Array | Uint16Array): string => ids.subarray(0, options.maxLength).join(' ')
for await (const { step, inputIds, targetIds } of loader) {
  console.log(`batch ${step} of ${loader.length}: ${firstRow(inputIds)} -> ${firstRow(targetIds)} ...`)
  if (step === 1) break
}

// The state is plain JSON; any number of ranks, with any batch size, resumes from it.
const state = JSON.parse(JSON.stringify(loader.stateDict()))
const resumed = await createDataLoader(text, { ...options, globalGenerator: new Generator(0) })
resumed.loadStateDict(state)
for await (const { step, inputIds } of resumed) {
  console.log(`resumed at batch ${step}: ${firstRow(inputIds)} ...`)
  break
}
