import { createReadStream } from 'node:fs'
import { chmod, copyFile, cp, mkdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../engine/command.ts'
import { debianMirror } from '../engine/debian.ts'
import type { Engine } from '../engine/engine.ts'
import { repositoryRoot } from '@sluice/testing'

const here = import.meta.dirname
const cleaner = ['doc', 'man', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)
const certificates = '/etc/ssl/certs/ca-certificates.crt'

/**
 * Makes images from Debian's packages under the names that the project's files use, for a machine that reaches no registry of
 * images. Where an image of that name is pulled instead, nothing else changes.
 *
 * @param folder - a new folder for what goes into the images
 */
export async function buildStandIns(engine: Engine, folder: string): Promise<void> {
  await importDebian(engine, folder)
  await gatherNode(join(folder, 'node'))
  for (const name of ['node', 'redis'] as const) {
    const script =
      name === 'node' ? join(folder, 'node/bin/docker-entrypoint.sh') : join(folder, 'redis-entrypoint.sh')
    await copyFile(join(here, `${name}-entrypoint.sh`), script)
    await chmod(script, 0o755)
  }
  const names = await imageNames()
  const build = async (file: string, image: string): Promise<void> => {
    await engine.docker(
      'build',
      '--quiet',
      '--tag',
      image,
      '--file',
      join(here, `${file}.dockerfile`),
      folder,
    )
  }
  await Promise.all(Object.entries(names).map(([file, image]) => build(file, image)))
}

/** The images that the Dockerfile and the compose file build on, by the stand-in's name. */
export async function imageNames(): Promise<
  Readonly<Record<'node' | 'redis' | 'prometheus' | 'cuda', string>>
> {
  const texts = [join(repositoryRoot, 'Dockerfile'), join(repositoryRoot, 'docker-compose.yml')]
  const all = (await Promise.all(texts.map((path) => readFile(path, 'utf8')))).join('\n')
  const find = (start: string): string => {
    const [, image] = new RegExp(`(?:ARG [A-Z_]+=|image: )(${start}:[^\\s]+)`).exec(all) ?? []
    if (image === undefined)
      throw new Error(`Expected the Dockerfile or the compose file to name an image ${start}`)
    return image
  }
  return {
    node: find('node'),
    redis: find('redis'),
    prometheus: find('prom/prometheus'),
    cuda: find('nvidia/cuda'),
  }
}

async function importDebian(engine: Engine, folder: string): Promise<void> {
  const tar = join(folder, 'debian.tar')
  await mkdir(folder, { recursive: true })
  const options = ['--variant=minbase', '--mode=root', '--aptopt=APT::Install-Recommends "false"']
  // The official images have no perl, which the package `usrmerge` would bring.
  options.push('--include=usr-is-merged')
  // Nothing here must survive a power cut, and waiting for the disk is half of the time.
  const command = ['mmdebstrap', ...options, '--dpkgopt=force-unsafe-io', ...cleaner, 'bookworm', tar]
  // 100 s on a quiet machine; beside the unit tests, on a busy one, 490 s. Out of time, all checks would be left out.
  await run([...command, debianMirror()], { timeoutMs: 1_800_000 })
  await run(['docker', 'import', '-', 'sluice-stand-in/debian'], {
    env: engine.env,
    input: createReadStream(tar),
  })
  await rm(tar)
}

/** The pinned Node of this checkout with this machine's npm, told which authorities this machine trusts. */
async function gatherNode(folder: string): Promise<void> {
  for (const name of ['bin', 'lib/node_modules', 'etc']) await mkdir(join(folder, name), { recursive: true })
  await copyFile(join(repositoryRoot, 'node_modules/node/bin/node'), join(folder, 'bin/node'))
  // The command is a link to bin/npm-cli.js of the package.
  const npm = dirname(dirname(await realpath(await run(['sh', '-c', 'command -v npm']))))
  await cp(npm, join(folder, 'lib/node_modules/npm'), { recursive: true, dereference: true })
  for (const command of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${command}-cli.js`, join(folder, 'bin', command))
  await copyFile(certificates, join(folder, 'etc/authorities.crt'))
  await writeFile(join(folder, 'etc/npmrc'), 'cafile=/usr/local/etc/authorities.crt\n')
}
