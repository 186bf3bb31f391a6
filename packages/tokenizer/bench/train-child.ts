import { createReadStream, writeFileSync } from 'node:fs'
import { trainBpe } from '../src/index.ts'

/** Trains on the lines of a file, for bench/train.ts: the same lines as train_peer.py, each with its line break. */
async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield `${line}\n`
  }
  if (rest !== '') yield rest
}

const [corpus, vocabSize, output] = process.argv.slice(2)
const start = performance.now()
writeFileSync(output!, await trainBpe(linesOf(corpus!), { vocabSize: Number(vocabSize) }))
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
console.log(
  JSON.stringify({
    wall: (performance.now() - start) / 1e3,
    processor: (userCPUTime + systemCPUTime) / 1e6,
    peak: maxRSS * 1024,
  }),
)
