// Imports every package of @sluice that the project has, and uses some of what they give.
import { readFileSync } from 'node:fs'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
for (const name of Object.keys(dependencies).filter((candidate) => candidate.startsWith('@sluice/'))) {
  const manifest = JSON.parse(readFileSync(new URL(import.meta.resolve(`${name}/package.json`)), 'utf8'))
  if (manifest.exports['.'] === undefined) continue
  const names = Object.keys(await import(name))
  if (names.length === 0) throw new Error(`${name} exports nothing`)
}
const { getEncoding } = await import('@sluice/tokenizer')
const ids = (await getEncoding('gpt2')).encode('Hello world')
if (String(ids) !== '15496,995') throw new Error(`gpt2 gives ${ids.join()}`)
const { createEmbedder, createEmbeddingTable } = await import('@sluice/embedding')
const { Generator } = await import('@sluice/torch-random')
const tokenTable = createEmbeddingTable({ numEmbeddings: 10, embeddingDim: 4, generator: new Generator(123) })
const output = new Float32Array(4)
const embedder = await createEmbedder({ tokenTable })
await embedder.embed(Int32Array.of(3), new Int32Array(), output)
await embedder.close()
if (String(output) !== String(tokenTable.weight.slice(12, 16))) throw new Error(`row 3 is ${output.join()}`)
