/**
 * `npm run picture`: runs the command line in a terminal and draws what it shows, as it shows it, into `docs/run.svg`. Needs `script`
 * of util-linux, which gives a program a terminal.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawFrames, type Frame } from './svg.ts'
import { Terminal } from './terminal.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const columns = 104
const commands = ['run books.txt --out books --max-length 256 --dim 64', 'verify books --deep 100']

const folder = mkdtempSync(join(tmpdir(), 'sluice-picture-'))
try {
  // The example text two hundred times: 4.1 MB, so that there is something to see.
  const text = readFileSync(join(root, 'examples/the-verdict.txt'), 'utf8')
  writeFileSync(join(folder, 'books.txt'), text.repeat(200))
  const terminal = new Terminal()
  const frames: Frame[] = []
  let past = 0
  for (const command of commands) {
    terminal.write(`\u001b[1m$ npx sluice ${command}\u001b[22m\r\n`)
    frames.push({ at: past, lines: terminal.lines() })
    past = await record(command, terminal, frames, past + 0.6)
  }
  writeFileSync(join(root, 'docs/run.svg'), drawFrames(frames, columns))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Runs a command in a terminal; returns when it ended, on the clock of the picture. */
async function record(command: string, terminal: Terminal, frames: Frame[], from: number): Promise<number> {
  const program = `${process.execPath} ${join(root, 'apps/cli/bin/sluice.mjs')} ${command}`
  const started = performance.now()
  const now = (): number => from + (performance.now() - started) / 1000
  const shown = spawn('script', ['-qec', `stty cols ${columns} rows 40; ${program}`, '/dev/null'], {
    cwd: folder,
  })
  shown.stdin.end()
  shown.stdout.setEncoding('utf8')
  shown.stdout.on('data', (output: string) => {
    terminal.write(output)
    frames.push({ at: now(), lines: terminal.lines() })
  })
  const [code] = (await once(shown, 'close')) as [number]
  if (code !== 0) throw new Error(`sluice ${command} ended with ${code}`)
  return now() + 0.6
}
