import { join } from 'node:path'
import type { OutputChunk, OutputOptions } from 'rolldown'

type CodeSplitting = Extract<OutputOptions['codeSplitting'], object>

const main = 'apps/cli/src/main.ts'
const tokenize = 'apps/cli/src/commands/tokenize.ts'
const task = 'packages/pipeline/src/runners/serve-tasks.ts'
const run = 'apps/cli/src/commands/run.ts'

/**
 * Files for what is started most: each has the modules that all of its starts load, and that no earlier file has. Whatever a module
 * needs is then in its own file or an earlier one, so files form no circle.
 */
const starts: Readonly<Record<string, readonly string[]>> = {
  start: [main],
  text: [tokenize, task, run],
  command: [tokenize, run],
  task: [task, run],
  run: [run],
}

/**
 * Puts what a run loads into five files in place of sixty, each of which has to be found, read and linked. What only other commands
 * need stays in files that are loaded when it is needed.
 *
 * @param root folder of the checkout
 * @param chunks of a bundle that was split by itself: which modules are needed is seen in it
 */
export function startChunks(root: string, chunks: readonly OutputChunk[]): CodeSplitting {
  const names = new Map<string, string>()
  // A file that others import would be waited for while it waits for them.
  const waiting = join(root, main)
  for (const [name, entries] of Object.entries(starts)) {
    const [first = new Set<string>(), ...others] = entries.map((entry) => loadedBy(join(root, entry), chunks))
    for (const id of first)
      if (id !== waiting && !names.has(id) && others.every((other) => other.has(id))) names.set(id, name)
  }
  const groups = Object.keys(starts).map((name) => ({ name, test: (id: string) => names.get(id) === name }))
  return { includeDependenciesRecursively: false, groups }
}

/** The modules of the chunks that are loaded with the one of a module; none where the bundle has no such module. */
function loadedBy(module: string, chunks: readonly OutputChunk[]): ReadonlySet<string> {
  const found = new Set(chunks.filter(({ moduleIds }) => moduleIds.includes(module)))
  // A set visits what is added while it is visited.
  for (const { imports } of found)
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) found.add(chunk)
  return new Set([...found].flatMap(({ moduleIds }) => moduleIds))
}
