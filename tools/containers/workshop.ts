import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installEngine, installPlugins, unpackNewerPackages } from './engine/debian.ts'
import { Engine } from './engine/engine.ts'
import { cloneProject } from './project/clone.ts'
import { keptFolder } from './kept-folder.ts'
import { buildStandIns } from './stand-ins/build-stand-ins.ts'

/** An engine with images to build on, and a clone to build. */
export interface Workshop extends AsyncDisposable {
  readonly folder: string
  readonly engine: Engine
  readonly project: string
  readonly newer: string
}

/**
 * Installs what is missing, starts the engine and makes the images that the project builds on; says how long each takes.
 *
 * @param keep - whether it is left as it is at the end, and taken up again where it was left
 */
export async function openWorkshop(keep: boolean): Promise<Workshop> {
  if (!keep) await removeKept()
  const folder = keep ? keptFolder : await mkdtemp(join(tmpdir(), 'sluice-containers-'))
  const [newer, project, standIns] = ['newer', 'project', 'stand-ins'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const isNew = !existsSync(join(folder, 'ready'))
  await mkdir(folder, { recursive: true })
  // Users of the checks pass through it; what is in it says itself who may read it.
  await chmod(folder, 0o755)
  await timed('packages of the engine', installEngine)
  if (isNew) {
    for (const change of await timed('Compose v2, buildx and kustomize from Debian trixie', () =>
      unpackNewerPackages(newer),
    )) {
      console.log(`    ${change}`)
    }
  }
  const engine = await timed('engine', () => Engine.start(join(folder, 'engine')))
  const dispose = async (): Promise<void> => {
    if (keep) return console.log(`kept in ${folder}; the next run without --keep removes it`)
    await engine[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    console.log(`    ${await engine.describe()}`)
    if (isNew) {
      await installPlugins(newer, engine.env['DOCKER_CONFIG']!)
      await timed('images to build on, from Debian packages', () => buildStandIns(engine, standIns))
      await mkdir(join(folder, 'ready'))
    }
    await rm(project, { recursive: true, force: true })
    await cloneProject(project)
    return { folder, engine, project, newer: join(newer, 'root/usr/bin'), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Two engines would share a bridge. */
async function removeKept(): Promise<void> {
  if (!existsSync(keptFolder)) return
  const engine = await Engine.start(join(keptFolder, 'engine'))
  await engine[Symbol.asyncDispose]()
  await rm(keptFolder, { recursive: true, force: true })
}

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const started = performance.now()
  const result = await work()
  console.log(`  ${what} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  return result
}
