import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryFolder, theVerdict } from '@sluice/testing'
import { expect, test } from 'vitest'
import { program, sluice } from './sluice.ts'

/** Runs the command and kills it at the first event for which it `isTime`; true if it was still running then. */
async function killAt(
  isTime: (events: number) => boolean,
  args: readonly string[],
  signal: NodeJS.Signals,
): Promise<boolean> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exit = new Promise<boolean>((resolve) => {
    child.on('exit', (code) => resolve(code !== 0))
  })
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== '' && isTime((seen += 1))) child.kill(signal)
  }
  return exit
}

/** One text above the size that is done inline, so that there are threads to be killed. */
function largeText(folder: string): string {
  const path = join(folder, 'text.txt')
  writeFileSync(path, readFileSync(theVerdict, 'utf8').repeat(220))
  return path
}

/** So many small files that several tasks have a group of them each. */
function smallFiles(folder: string): string {
  const path = join(folder, 'texts')
  mkdirSync(path)
  const text = readFileSync(theVerdict, 'utf8')
  for (let file = 0; file < 4200; file++) {
    const start = (file * 37) % (text.length - 1200)
    writeFileSync(join(path, `${file}.txt`), text.slice(start, start + 1000 + (file % 200)))
  }
  return path
}

/** Whether a run that was killed left the proof that several sources were done as one. */
function hasGroup(out: string): boolean {
  const tokens = join(out, 'tokens')
  const names = existsSync(tokens) ? readdirSync(tokens) : []
  const receipts = names.filter((name) => /^\d.*\.json$/.test(name))
  return receipts.some((name) => 'rows' in (JSON.parse(readFileSync(join(tokens, name), 'utf8')) as object))
}

const windows = ['--dim', '8', '--max-length', '64']

test.each([
  { made: 'windows of one text', corpus: largeText, options: windows, groups: false },
  { made: 'windows of small files', corpus: smallFiles, options: windows, groups: true },
  { made: 'token files of one text', corpus: largeText, options: ['--to', 'megatron'], groups: false },
  // Ids of token files are handed over in memory: no receipts to be seen.
  { made: 'token files of small files', corpus: smallFiles, options: ['--to', 'megatron'], groups: false },
])('a run of $made killed again and again resumes to the same bytes', async ({ corpus, options, groups }) => {
  const folder = temporaryFolder()
  const args = ['run', corpus(folder), '--json', '--threads', '2', ...options]
  expect((await sluice([...args, '--out', join(folder, 'whole')])).code).toBe(0)

  const out = join(folder, 'killed')
  const kills: boolean[] = []
  for (const [events, signal] of [
    [1, 'SIGKILL'],
    [3, 'SIGKILL'],
    [5, 'SIGTERM'],
    [8, 'SIGKILL'],
    [13, 'SIGINT'],
  ] as const) {
    kills.push(await killAt((seen) => seen === events, [...args, '--out', out], signal))
  }
  expect(kills).toContain(true)
  if (groups) {
    expect(await killAt(() => hasGroup(out), [...args, '--out', out], 'SIGKILL')).toBe(true)
    expect(hasGroup(out)).toBe(true)
  }
  const last = await sluice([...args, '--out', out])
  expect(last.code).toBe(0)
  const manifest = (name: string): string => readFileSync(join(folder, name, 'manifest.json'), 'utf8')
  expect(manifest('killed')).toBe(manifest('whole'))
})
