import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { debianLibraries } from './debian-libraries.ts'
import { swiftshaderFolder } from '../swiftshader.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const here = import.meta.dirname
const cache = join(root, 'node_modules/.cache/sluice')
const runtime = 'node_modules/onnxruntime-node'

/** The most that an archive may weigh, in bytes: what may be copied to a machine by hand. */
const maxBytes = 55e6

/** To be raised when {@link constantPart} puts something else in. */
const constantVersion = 2

/**
 * Makes the archive. It is two tar files in one, each compressed by itself: Node and ONNX Runtime, which are compressed once and kept
 * (20 s of processor time), and what changes.
 *
 * @returns its size in bytes
 */
export async function buildPack(file: string): Promise<number> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `The archive is made of this machine's Node and for linux x64, this is ${process.platform} ${process.arch}`,
    )
  }
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pack-'))
  try {
    const constant = await constantPart(folder)
    const changing = join(folder, 'changing')
    await fillChanging(join(changing, 'gpu-check'))
    const second = join(folder, 'changing.tar.xz')
    await compress(changing, second)
    writeFileSync(file, Buffer.concat([readFileSync(constant), readFileSync(second)]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const bytes = statSync(file).size
  if (bytes > maxBytes)
    throw new Error(`${file}: expected at most ${maxBytes / 1e6} MB, got ${(bytes / 1e6).toFixed(1)} MB`)
  return bytes
}

/** Node, ONNX Runtime for this platform, the software device with the Vulkan loader, and the C++ library they need. */
async function constantPart(temporary: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, runtime, 'package.json'), 'utf8')) as {
    version: string
  }
  const kept = join(
    cache,
    `gpu-pack-${constantVersion}-node-${process.versions.node}-onnxruntime-${version}.tar.xz`,
  )
  if (existsSync(kept)) return kept
  const folder = join(temporary, 'constant/gpu-check')
  mkdirSync(folder, { recursive: true })
  copyFileSync(process.execPath, join(folder, 'node'))
  for (const path of [
    'package.json',
    'dist',
    'bin/napi-v6/linux/x64',
    'script/install-metadata.js',
    'script/install-metadata-versions.js',
  ]) {
    cpSync(join(root, runtime, path), join(folder, runtime, path), { recursive: true })
  }
  for (const path of ['package.json', 'dist/cjs']) {
    cpSync(
      join(root, 'node_modules/onnxruntime-common', path),
      join(folder, 'node_modules/onnxruntime-common', path),
      { recursive: true },
    )
  }
  const software = await swiftshaderFolder()
  cpSync(software, join(folder, 'lib/software'), { recursive: true })
  mkdirSync(join(folder, 'lib/vulkan'))
  copyFileSync(join(software, 'libvulkan.so.1'), join(folder, 'lib/vulkan/libvulkan.so.1'))
  mkdirSync(join(folder, 'lib/c++'))
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1'])
    copyFileSync(loadedLibrary(name), join(folder, 'lib/c++', name))
  const archive = join(temporary, 'constant.tar.xz')
  await compress(dirname(folder), archive, true)
  mkdirSync(cache, { recursive: true })
  copyFileSync(archive, `${kept}.${process.pid}`)
  renameSync(`${kept}.${process.pid}`, kept)
  return kept
}

async function fillChanging(folder: string): Promise<void> {
  const program = join(folder, 'program')
  mkdirSync(program, { recursive: true })
  const bundler = join(root, 'tools/bundle/bundle-alone.ts')
  const entries = ['packed.ts', 'check-provider.ts', 'embed-thread.ts'].map((name) => join(here, name))
  execFileSync(process.execPath, [bundler, program, ...entries], { stdio: 'inherit' })
  writeFileSync(join(program, 'package.json'), '{ "type": "module" }\n')
  copyFileSync(join(here, 'torch_speed.py'), join(program, 'torch_speed.py'))
  cpSync(join(root, 'packages/embedding/test/fixtures/models'), join(folder, 'models'), { recursive: true })
  copyFileSync(join(here, 'start.sh'), join(folder, 'gpu-check'))
  chmodSync(join(folder, 'gpu-check'), 0o755)
  const libraries = debianLibraries(cache)
  if (libraries !== undefined) cpSync(libraries, join(folder, 'lib/system'), { recursive: true })
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  writeFileSync(join(folder, 'NOTICE'), notice)
}

const notice = `This archive holds, beside Sluice (LICENSE): Node.js (MIT and others, see https://github.com/nodejs/node/blob/main/LICENSE),
ONNX Runtime (MIT), SwiftShader and the Vulkan loader (Apache-2.0), libstdc++ and libgcc_s (GPL-3.0 with the runtime exception),
libglvnd, libX11, libXext, libxcb, libXau, libXdmcp (MIT), libbsd and libmd (BSD), as Debian builds them.
`

/** The path of a library that this Node has loaded. */
function loadedLibrary(name: string): string {
  const line = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .find((mapping) => mapping.includes(`/${name}`))
  const path = line?.slice(line.indexOf('/'))
  if (path === undefined) throw new Error(`${name} is not loaded by this Node`)
  return path
}

/** A tar file of a folder's content, compressed; without the blocks that end it where another one follows. */
async function compress(folder: string, archive: string, isFollowed = false): Promise<void> {
  const tar = `${archive}.tar`
  const run = promisify(execFile)
  const same = [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--blocking-factor=1',
  ]
  await run('tar', ['-c', ...same, '-f', tar, '-C', folder, 'gpu-check'])
  if (isFollowed) await run('truncate', ['--size=-1024', tar])
  await run('xz', ['-1', '--threads=0', '--keep', '--force', tar])
  renameSync(`${tar}.xz`, archive)
}
