/**
 * Runs the code blocks behind `<!-- run -->` of every README and guide, as printed and in order, those of one file in a new folder
 * with the examples in it, and compares what they print with what they say they print. Exit code 77: there are blocks for a Python or bash that is not there.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '@sluice/testing'
import { runBlocksOf, statedOutput } from './readme-blocks.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`,
}

const hasBash = spawnSync('bash', ['--version'], { stdio: 'ignore' }).status === 0

/** How a block of each language is started, from a file that holds it. */
function commandFor(language: string, file: string): readonly string[] | undefined {
  switch (language) {
    case 'sh':
      return hasBash ? ['bash', '-euo', 'pipefail', file] : undefined
    case 'ts':
      return ['node', '--conditions=@sluice/source', file]
    case 'python': {
      const python = pythonEnvironment()
      return python === undefined ? undefined : [python, file]
    }
    default:
      throw new Error(`README.md: no way known to run a block of \`${language}\``)
  }
}

const outcome = { passed: 0, failed: 0, skipped: 0 }

/** Runs the blocks of one file. */
function check(readme: string): void {
  const blocks = runBlocksOf(readFileSync(join(root, readme), 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'sluice-readme-'))
  try {
    cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
    // A junction is what Windows lets everybody make; elsewhere the word means nothing.
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
    for (const [index, { language, code }] of blocks.entries()) {
      const file = join(folder, `block-${index}.${language}`)
      writeFileSync(file, code)
      const command = commandFor(language, file)
      if (command === undefined) {
        outcome.skipped += 1
        continue
      }
      console.log(`${readme}: ${language}\n${code.replaceAll(/^/gm, '  | ').trimEnd()}`)
      const { status, stdout } = spawnSync(command[0]!, command.slice(1), {
        cwd: folder,
        env: environment,
        encoding: 'utf8',
        stdio: ['inherit', 'pipe', 'inherit'],
      })
      process.stdout.write(stdout)
      const missing = statedOutput(code).filter((line) => !stdout.split('\n').includes(line))
      for (const line of missing) console.error(`${readme}: expected the block to print ${line}`)
      outcome[status === 0 && missing.length === 0 ? 'passed' : 'failed'] += 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const documents = globSync(['{packages,apps}/*/README.md', 'docs/guides/*.md'], { cwd: root })
/** Words on the command line: of the files, those whose paths have one of them. */
const only = process.argv.slice(2)
for (const document of ['README.md', ...documents.toSorted()])
  if (only.length === 0 || only.some((words) => document.includes(words))) check(document)
const { passed, failed, skipped } = outcome
console.log(`readme: ${passed} blocks passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : skipped > 0 ? 77 : 0
