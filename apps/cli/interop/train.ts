/**
 * The example of both loaders, seed → run → train → run again: the losses of PyTorch with the Python reader are those of our own
 * training step with our loader, and the second run has the trained vectors: `node tools/interop/main.ts train`.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [python = 'python3', script = ''] = process.argv.slice(2)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-train-'))
const text = join(root, 'examples/the-verdict.txt')

function start(program: string, args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
  return stdout
}
const node = (...args: readonly string[]): string =>
  start(process.execPath, ['--conditions=@sluice/source', ...args])
const sluice = (out: string, ...options: readonly string[]): string =>
  node(
    join(root, 'apps/cli/src/main.ts'),
    'run',
    text,
    '--out',
    out,
    '--max-length',
    '8',
    '--quiet',
    ...options,
  )
const lossesOf = (output: string): string => output.match(/loss \S+/g)?.join(', ') ?? ''

try {
  const drawn = join(folder, 'drawn')
  const trained = join(folder, 'trained.safetensors')
  const again = join(folder, 'again')
  const ours = lossesOf(node(join(root, 'examples/train-and-embed.ts'), join(folder, 'ours')))
  sluice(drawn, '--embeddings', 'lazy', '--dim', '16', '--seed', '7')
  const theirs = lossesOf(start(python, [join(root, 'examples/train_and_embed.py'), drawn, trained]))
  if (ours === '' || ours !== theirs) throw new Error(`our losses are ${ours}, those of PyTorch ${theirs}`)
  sluice(again, '--tables', trained)
  process.stdout.write(start(python, [script, again, trained, join(root, 'packages/dataloader/python')]))
  console.log(`train: both loaders have ${ours}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
