/** What `@sluice/embedding` writes, opened with onnx, onnxruntime and safetensors, and with torch where it is installed. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createEmbedder,
  createEmbeddingTable,
  createPositionEncoding,
  writeEmbeddingFiles,
  type TableDtype,
} from '@sluice/embedding'
import {
  Generator,
  fillNormal,
  fillNormalForHalf,
  fillRandint,
  fillUniform,
  randperm,
} from '@sluice/torch-random'

const [python = 'python3', script = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'sluice-interop-'))
try {
  for (const dtype of ['f32', 'f16', 'bf16'] as const) await writeCase(dtype, dtype === 'f32' ? 50257 : 500)
  writeDraws()
  process.exitCode = spawnSync(python, [script, folder], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** A saved embedding, ids, and what two providers made of them. */
async function writeCase(dtype: TableDtype, numEmbeddings: number): Promise<void> {
  const directory = join(folder, dtype)
  const generator = new Generator(123)
  const embeddingDim = 256
  const tokenTable = createEmbeddingTable({ numEmbeddings, embeddingDim, generator, dtype })
  const positionTable = createEmbeddingTable({ numEmbeddings: 64, embeddingDim, generator, dtype })
  const relative = createPositionEncoding({ kind: 't5', numHeads: 8 }, { embeddingDim, generator })
  await writeEmbeddingFiles(directory, { tokenTable, positionTable }, relative)
  const inputIds = new Int32Array(32 * 64)
  fillRandint(inputIds, { high: numEmbeddings, generator })
  writeFileSync(join(directory, 'input_ids.i32'), inputIds)
  const positionIds = Int32Array.from({ length: 64 }, (_, i) => i)
  for (const provider of ['cpu', 'wasm'] as const) {
    const embedder = await createEmbedder({ directory, provider })
    const output = new Float32Array(inputIds.length * embeddingDim)
    await embedder.embed(inputIds, positionIds, output)
    await embedder.close()
    writeFileSync(join(directory, `${provider}.f32`), output)
  }
}

/** Draws of many kinds from one generator each, for torch to repeat. */
function writeDraws(): void {
  const directory = join(folder, 'draws')
  mkdirSync(directory)
  const save = (name: string, values: NodeJS.ArrayBufferView) => writeFileSync(join(directory, name), values)
  for (const seed of [0, 123, 2 ** 33 + 5]) {
    const generator = new Generator(seed)
    for (const [n, mean, std] of [
      [5, 0, 1],
      [16, 0.5, 2],
      [100_003, 0, 1],
      [1000, -1.25, 0.02],
    ] as const) {
      const values = new Float32Array(n)
      fillNormal(values, { generator, mean, std })
      save(`${seed}_normal_${n}_${mean}_${std}`, values)
      const half = new Float32Array(n)
      fillNormalForHalf(half, { generator, mean, std })
      save(`${seed}_half_${n}_${mean}_${std}`, half)
      fillUniform(values, { generator, from: mean - 1, to: mean + std })
      save(`${seed}_uniform_${n}_${mean}_${std}`, values)
    }
    save(`${seed}_randperm`, randperm(1000, generator))
    save(`${seed}_state`, generator.getState())
  }
}
