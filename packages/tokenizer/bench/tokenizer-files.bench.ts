import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { gatherCorpora, gatherLanguages } from '@sluice/testing'
import type { BenchContext, BenchTable } from '@sluice/testing'
import type { Measurement } from './measurement.ts'
import { readBeginning } from './read-beginning.ts'
import { python, pythonHas, runPython, runScript } from './run-process.ts'

const rounds = Number(process.env['SLUICE_BENCH_ROUNDS'] ?? 2)
const texts = ['english', 'code', 'polish', 'chinese-2mb']

/**
 * Tokenizer files beside Hugging Face's native `tokenizers` on one thread: those of the folder SLUICE_BENCH_TOKENIZERS. Every text in fresh
 * processes, in turns; a row is told as it is made.
 */
export async function run({ quick, log }: BenchContext): Promise<readonly BenchTable[]> {
  const folder = process.env['SLUICE_BENCH_TOKENIZERS']
  if (folder === undefined)
    throw new Error('Expected SLUICE_BENCH_TOKENIZERS to name a folder of tokenizer.json files')
  if (!pythonHas('tokenizers'))
    throw new Error(`Expected ${python} to have tokenizers: set SLUICE_BENCH_PYTHON`)
  const corpora = [...gatherCorpora(log), ...gatherLanguages(log)].filter(({ name }) => texts.includes(name))
  const limit = quick ? 1 << 18 : 2_000_000
  const rows: string[][] = []
  for (const file of globSync(`${folder}/*.json`).toSorted()) {
    const cells: string[] = []
    const loads: (readonly [Measurement, Measurement])[] = []
    for (const { path } of corpora) {
      const pairs: (readonly [Measurement, Measurement])[] = []
      const length = String(readBeginning(path, limit).length)
      for (let round = 0; round < rounds; round++) {
        const ours = (await runScript('run-file.ts', [file, path, String(limit), '2'])) as Measurement
        pairs.push([ours, await runPython('tokenizers_peer.py', [file, path, length, '1'])])
      }
      loads.push(...pairs)
      cells.push(describe(pairs))
    }
    const load = (i: 0 | 1): number => Math.min(...loads.map((pair) => pair[i].loadCpuSeconds!)) * 1e3
    rows.push([basename(file, '.json'), ...cells, `${load(0).toFixed(0)} : ${load(1).toFixed(0)}`])
    log(rows.at(-1)!.join('  '))
  }
  return [
    {
      title:
        'Tokenizer files, first pass in a fresh process: MB/s of processor time, how many times `tokenizers`, that of the second pass, and of wall time in the first',
      columns: ['file', ...corpora.map(({ name }) => name), 'loading, ms, ours : theirs'],
      rows,
      notes: [
        '2 MB of each text, the best of the rounds of each, in turns. Ids compared: those that differ are marked.',
      ],
    },
  ]
}

function describe(pairs: readonly (readonly [Measurement, Measurement])[]): string {
  const best = (i: 0 | 1, pass: number, of: 'cpuSeconds' | 'wallSeconds' = 'cpuSeconds'): number =>
    Math.max(...pairs.map((pair) => pair[i].byteLength / pair[i][of][pass]! / 1e6))
  const isSame = pairs.every(([ours, theirs]) => ours.sha256 === theirs.sha256)
  const theirs = best(1, 0)
  const ratios = [best(0, 0), best(0, 1)].map((speed) => (speed / theirs).toFixed(1))
  const wall = (best(0, 0, 'wallSeconds') / best(1, 0, 'wallSeconds')).toFixed(1)
  return `${best(0, 0).toFixed(0)}, ${ratios[0]}× (${ratios[1]}×; wall ${wall}×)${isSame ? '' : ' OTHER IDS'}`
}
