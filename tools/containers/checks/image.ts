import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import type { Check } from '../check.ts'

/** The name that the compose file gives to the workers' image. */
export const workerImage = 'sluice-worker:0.1.0'

const maxBytes = 350e6

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly link?: boolean }>>
}

/** Builds the workers' image from a clean clone and looks into it. */
export const image: Check = {
  name: 'the image is built from a clean clone: small, for this platform alone, without development packages, not as root',
  async run({ engine, project, note }) {
    await engine.docker('build', '--quiet', '--target', 'worker', '--tag', workerImage, project)
    const inside = (...command: readonly string[]): Promise<string> =>
      engine.docker(
        'run',
        '--rm',
        '--network',
        'none',
        '--entrypoint',
        command[0]!,
        workerImage,
        ...command.slice(1),
      )

    const bytes = Number(await engine.docker('image', 'inspect', '--format', '{{.Size}}', workerImage))
    const [, base = ''] =
      /^ARG NODE_IMAGE=(.*)$/m.exec(await readFile(join(project, 'Dockerfile'), 'utf8')) ?? []
    const baseBytes = Number(await engine.docker('image', 'inspect', '--format', '{{.Size}}', base))
    note(`${megabytes(bytes)}, of which ${megabytes(bytes - baseBytes)} above its base image`)
    if (bytes > maxBytes) throw new Error(`Expected at most ${megabytes(maxBytes)}, got ${megabytes(bytes)}`)

    const files = (await inside('find', '/app', '-type', 'f')).split('\n')
    const native = files.filter((file) => /\.(?:node|so(?:\.\d+)*|dll|dylib|exe)$/.test(file))
    const foreign = native.filter((file) => !isOfThisPlatform(file))
    if (native.length === 0)
      throw new Error('Expected native libraries in the image, found none: the search is wrong')
    if (foreign.length > 0)
      throw new Error(`Files for other platforms are in the image: ${foreign.join(', ')}`)

    const lock = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as Lock
    const development = Object.entries(lock.packages).flatMap(([path, { dev }]) =>
      dev === true ? [`/app/${path}/`] : [],
    )
    const present = development.filter((path) => files.some((file) => file.startsWith(path)))
    if (development.length < 50) throw new Error('Expected the lock file to name many development packages')
    if (present.length > 0) throw new Error(`Development packages are in the image: ${present.join(', ')}`)

    const user = await inside('id', '-u')
    if (user === '0') throw new Error('Expected the image to run as another user than root')
    const version = await inside('sluice', '--version')
    note(`runs as ${user}; sluice ${version}`)
  },
}

/** Binaries lie in folders or packages that are named after their platform. */
function isOfThisPlatform(file: string): boolean {
  const others = ['darwin', 'win32', 'android', 'freebsd', process.arch === 'x64' ? 'arm64' : 'x64']
  return !/\.(?:dll|dylib|exe)$/.test(file) && !others.some((name) => file.includes(name))
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
