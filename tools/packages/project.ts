import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mustAside, run } from './run.ts'

/** This folder, and the workspace's. */
export const here = fileURLToPath(new URL('.', import.meta.url))
export const root = join(here, '../..')

/** Flags that every npm here is started with. */
export const npmFlags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']

/** An empty project of a consumer, with what this folder tries in one. */
export function newProject(path: string, fields: object = {}): void {
  mkdirSync(path)
  writeFileSync(join(path, 'package.json'), JSON.stringify({ private: true, type: 'module', ...fields }))
  cpSync(join(here, 'in-project'), path, { recursive: true })
  copyFileSync(join(root, 'examples/the-verdict.txt'), join(path, 'book.txt'))
}

/** The types that a TypeScript project for Node has: those of this workspace. */
export function typesOfNode(): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  return `@types/node@${devDependencies['@types/node']}`
}

/** The path of a Node of the given version, which is installed below `folder` beside what follows. */
export async function installNode(version: string, folder: string): Promise<string> {
  if (process.version === `v${version}`) return process.execPath
  const path = join(folder, `node-${version}`)
  mkdirSync(path)
  writeFileSync(join(path, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }')
  await mustAside(path, 'npm', ['install', '--ignore-scripts=false', ...npmFlags, `node@${version}`])
  return join(path, 'node_modules/node/bin/node')
}

/** Makes a dataset of the example text in a project with the command line, on threads too, and verifies it. */
export function useProgram(project: string, sluice: (args: readonly string[]) => string, out = 'book'): void {
  // Tables of this width are drawn on a thread.
  const options = ['--max-length', '16', '--dim', '512', '--threads', '2', '--quiet']
  sluice(['run', 'book.txt', '--out', out, ...options])
  const verified = sluice(['verify', out, '--deep', '10'])
  if (!verified.includes('is complete and unchanged')) throw new Error(`${project}: ${verified}`)
}

/** Expects `sluice enqueue` to get as far as a server that is not there: what talks to one is installed. */
export function expectQueueClient(sluice: (args: readonly string[]) => string): void {
  try {
    sluice(['enqueue', 'book.txt', '--out', 'queued', '--redis', 'redis://127.0.0.1:1'])
  } catch (error) {
    if (String(error).includes('ECONNREFUSED')) return
    throw error
  }
  throw new Error('Expected no server at port 1')
}

/** Expects a program to refuse a Node in one line. */
export function expectRefusal(project: string, node: string, args: readonly string[]): void {
  const { status, output } = run(project, node, args)
  if (status !== 1 || !/^sluice.*: expected Node 24 or newer, got v\d+[^\n]*\n$/.test(output))
    throw new Error(`${args[0]} ended with ${status}:\n${output}`)
}
