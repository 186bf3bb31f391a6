import { fileURLToPath } from 'node:url'
import { corpusLimit, gatherLanguages } from '@sluice/testing'
import type { BenchContext, BenchTable } from '@sluice/testing'
import type { Measurement } from './measurement.ts'
import { measuredEncodings } from './peers.ts'
import { readBeginning } from './read-beginning.ts'
import { python, pythonHas, runPython, runScript } from './run-process.ts'

const ranks = fileURLToPath(new URL('data/', import.meta.resolve('gpt-tokenizer/package.json')))
const rounds = Number(process.env['SLUICE_BENCH_ROUNDS'] ?? 2)

/** The built-in encodings beside native tiktoken on twelve languages: each text in fresh processes, in turns; a row is told as it is made. */
export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  if (!pythonHas('tiktoken', 'numpy'))
    throw new Error(`Expected ${python} to have tiktoken and numpy: set SLUICE_BENCH_PYTHON`)
  const rows: (string | number)[][] = []
  for (const { name, path } of gatherLanguages(log)) {
    const limit = quick ? 1 << 19 : corpusLimit
    const { length } = readBeginning(path, limit)
    const cells: string[] = []
    for (const encoding of measuredEncodings) {
      const ours: Measurement[] = []
      const theirs: Measurement[] = []
      for (let round = 0; round < rounds; round++) {
        const args = ['@sluice/tokenizer', encoding, String(limit), '1', path]
        ours.push(...((await runScript('run-peer.ts', args)) as Measurement[]))
        theirs.push(await runPython('tiktoken_peer.py', [encoding, path, String(length), '1', ranks]))
      }
      cells.push(describe(ours, theirs))
    }
    rows.push([name, (length / 1e6).toFixed(1), ...cells])
    log(rows.at(-1)!.join('  '))
  }
  return [
    {
      title:
        'First pass in a fresh process: MB/s of processor time, how many times native tiktoken, and that of wall time',
      columns: ['text', 'MB', ...measuredEncodings],
      rows,
      notes: [
        'Whole texts, loading left out, the best of the rounds of each, in turns. Ids compared: those that differ are marked.',
        'Processor time is of all threads, so with the compiler of WebAssembly, which works beside the encoder.',
      ],
    },
  ]
}

function describe(ours: readonly Measurement[], theirs: readonly Measurement[]): string {
  const best = (all: readonly Measurement[], seconds: 'cpuSeconds' | 'wallSeconds'): number =>
    Math.max(...all.map((one) => one.byteLength / one[seconds][0]! / 1e6))
  const [cpu, wall] = (['cpuSeconds', 'wallSeconds'] as const).map((seconds) =>
    (best(ours, seconds) / best(theirs, seconds)).toFixed(1),
  )
  const isSame = ours[0]!.sha256 === theirs[0]!.sha256
  return `${best(ours, 'cpuSeconds').toFixed(0)}, ${cpu}× (${wall}×)${isSame ? '' : ' OTHER IDS'}`
}
