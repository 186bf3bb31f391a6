import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'

const usualFolders = [
  ...['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/usr/local/lib'],
  ...[
    '/lib/x86_64-linux-gnu',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/local/nvidia/lib64',
    '/usr/local/nvidia/lib',
  ],
  ...['/usr/lib/wsl/lib', '/run/opengl-driver/lib'],
]

/** Returns the path of a shared library in the environment's or the usual folders, or those that match `patterns`. */
export function findLibrary(name: string, patterns: readonly string[] = []): string | undefined {
  const given = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((path) => path !== '')
  const folders = [...given, ...usualFolders, ...patterns.flatMap((pattern) => globSync(pattern))]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
