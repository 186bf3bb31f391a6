/** A process that gathers every row of a model's table and says, when asked, how much memory it has: `rows-memory FOLDER`. */
import { readFileSync } from 'node:fs'
import { openModel } from '@sluice/embedding'

const model = await openModel(process.argv[2] ?? '')
const { rows } = model
const batch = rows.allocate(Math.floor((8 << 20) / rows.rowByteLength) * rows.rowByteLength)!
const count = batch.length / rows.rowByteLength
for (let first = 0; first < rows.numEmbeddings; first += count) {
  const ids = Int32Array.from({ length: Math.min(count, rows.numEmbeddings - first) }, (_, i) => first + i)
  rows.gatherStored(ids, batch.subarray(0, ids.length * rows.rowByteLength))
}
console.log('ready')
process.stdin.on('data', () => {
  const text = readFileSync('/proc/self/smaps_rollup', 'utf8')
  const field = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'mu').exec(text)?.[1] ?? 0)
  const own = field('Private_Clean') + field('Private_Dirty')
  console.log(
    JSON.stringify({
      table: rows.tensor.byteLength,
      private: own,
      pss: field('Pss'),
      resident: field('Rss'),
    }),
  )
})
process.stdin.on('end', () => model.close())
