/** Run by npm before a package is packed, in its folder: compiles it and lays the licence and the notice beside it. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = process.cwd()
for (const file of ['LICENSE', 'NOTICE']) copyFileSync(join(root, file), join(folder, file))
const isProgram = basename(join(folder, '..')) === 'apps'
const build = isProgram
  ? [process.execPath, join(root, 'tools/bundle/main.ts'), basename(folder)]
  : [join(root, 'node_modules/.bin/tsc'), '-b']
const [command = '', ...args] = build
const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
if (status !== 0 || !existsSync('dist')) throw new Error(`Expected ${folder} to compile`)
