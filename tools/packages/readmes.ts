import { cpSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { blocksIn, runBlocksOf } from '../check/readme-blocks.ts'
import { root } from './project.ts'
import { must } from './run.ts'
import type { Tarball } from './tarballs.ts'

/** The README of a package as its folder has it. */
export function readmeOf({ name }: Pick<Tarball, 'name'>): string {
  const [path = ''] = globSync(`{packages,apps}/${name.split('/')[1]}/README.md`, { cwd: root })
  return readFileSync(join(root, path), 'utf8')
}

/**
 * Runs the blocks behind `<!-- run -->` of a document against what a project has installed, in a new folder with the examples;
 * those in Python are another check's.
 */
export function runReadme(title: string, document: string, project: string, node: string): void {
  const folder = join(project, `readme-of-${title.replaceAll(/\W/g, '-')}`)
  mkdirSync(folder)
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'), 'junction')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  const bins = [join(project, 'node_modules/.bin'), dirname(node), process.env['PATH']]
  const env = { PATH: bins.join(delimiter) }
  for (const [index, { language, code }] of runBlocksOf(document).entries()) {
    if (language === 'python') continue
    const file = join(folder, `block-${index}.${language}`)
    writeFileSync(file, code)
    if (language === 'sh') must(folder, 'bash', ['-euo', 'pipefail', file], env)
    else must(folder, node, [file], env)
  }
}

/** Writes every whole TypeScript example of the READMEs into a project, to be compiled; returns the names of the files. */
export function writeExamples(tarballs: readonly Tarball[], project: string): string[] {
  return tarballs.flatMap((tarball) =>
    blocksIn('ts', readmeOf(tarball))
      .filter((code) => code.startsWith('import ') && !code.includes('…'))
      .map((code, index) => {
        const file = `example-${tarball.name.replaceAll(/\W/g, '-')}-${index}.ts`
        writeFileSync(join(project, file), code)
        return file
      }),
  )
}
