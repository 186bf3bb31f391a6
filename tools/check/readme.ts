/**
 * Runs the code blocks of README.md that stand behind `<!-- run -->`, as printed and in order, in one new folder with the
 * examples beside it. Exit code 77: there are Python blocks and no Python.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonEnvironment } from '../interop/python-environment.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sluice-readme-'))
const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH']}`,
}

/** How a block of each language is started, from a file that holds it. */
function commandFor(language: string, file: string): readonly string[] | undefined {
  switch (language) {
    case 'sh':
      return ['bash', '-euo', 'pipefail', file]
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

let passed = 0
let failed = 0
let skipped = 0
try {
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  const blocks = readFileSync(join(root, 'README.md'), 'utf8').matchAll(/<!-- run -->\n```(\w+)\n(.*?)```/gs)
  for (const [, language = '', code = ''] of blocks) {
    const file = join(folder, `block-${passed + failed + skipped}.${language}`)
    writeFileSync(file, code)
    const command = commandFor(language, file)
    if (command === undefined) {
      skipped += 1
      continue
    }
    console.log(`readme: ${language}\n${code.replaceAll(/^/gm, '  | ').trimEnd()}`)
    const { status } = spawnSync(command[0]!, command.slice(1), {
      cwd: folder,
      env: environment,
      stdio: 'inherit',
    })
    if (status === 0) passed += 1
    else failed += 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`readme: ${passed} blocks passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || passed === 0 ? 1 : skipped > 0 ? 77 : 0
