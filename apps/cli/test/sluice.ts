import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program as users start it; the tests' set-up bundles what changed. */
export const program = fileURLToPath(new URL('../bin/sluice.mjs', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `sluice` as a process of its own. */
export async function sluice(
  args: readonly string[],
  options: { readonly cwd?: string; readonly shell?: string } = {},
): Promise<Outcome> {
  const node = [program, ...args]
  const child =
    options.shell === undefined
      ? spawn(process.execPath, node, { cwd: options.cwd })
      : spawn('bash', ['-c', `${options.shell}; exec "$0" "$@"`, process.execPath, ...node], {
          cwd: options.cwd,
        })
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
  return { code, ...text }
}
