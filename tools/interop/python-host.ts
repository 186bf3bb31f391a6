import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Python that has torch and transformers loaded. */
export interface PythonHost extends Disposable {
  /** To be started instead of the Python itself, with a script and its words. */
  readonly python: string
}

/**
 * Starts a Python that loads torch and transformers once for all scripts. On Windows, which has no forks, every script loads them
 * itself.
 */
export function startPythonHost(python: string): PythonHost {
  if (process.platform === 'win32') return { python, [Symbol.dispose]: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'sluice-python-'))
  const socket = join(folder, 'socket')
  const client = join(folder, 'python')
  const quoted = [python, join(import.meta.dirname, 'python_client.py'), socket, python].map(
    (word) => `'${word.replaceAll("'", String.raw`'\''`)}'`,
  )
  const [program, script, ...words] = quoted
  // Without what Python does at its start for packages, of which the client needs none.
  writeFileSync(client, `#!/bin/sh\nexec ${program} -IS ${script} ${words.join(' ')} "$@"\n`, { mode: 0o755 })
  const host = spawn(python, ['-W', 'ignore', join(import.meta.dirname, 'python_host.py'), socket], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  return {
    python: client,
    [Symbol.dispose]() {
      host.stdin.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
