import { existsSync, globSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { FoundLibraries } from './found-libraries.ts'
import { findLibrary } from './find-library.ts'

const provider = 'libonnxruntime_providers_cuda.so'
const shared = 'libonnxruntime_providers_shared.so'

/** The sonames of the CUDA libraries of a release that ONNX Runtime's provider is linked to, and cuDNN's. */
const wantedOfRelease: Readonly<Record<string, readonly string[]>> = {
  12: [
    'libcudart.so.12',
    'libcublas.so.12',
    'libcublasLt.so.12',
    'libcufft.so.11',
    'libcurand.so.10',
    'libcudnn.so.9',
  ],
  13: [
    'libcudart.so.13',
    'libcublas.so.13',
    'libcublasLt.so.13',
    'libcufft.so.12',
    'libcurand.so.10',
    'libcudnn.so.9',
  ],
}

/** Where Python packages lie: torch's wheels bring CUDA in `nvidia/`, onnxruntime-gpu the provider. */
const sitePackages = [
  ...[
    '/usr/lib/python3*/{site,dist}-packages',
    '/usr/local/lib/python3*/{site,dist}-packages',
    '/usr/lib/python3/dist-packages',
  ],
  ...[
    '/opt/*/lib/python3*/site-packages',
    '/opt/*/.venv/lib/python3*/site-packages',
    '/opt/*/*/lib/python3*/site-packages',
  ],
  join(homedir(), '.local/lib/python3*/site-packages'),
]
const cudaFolders = [
  ...[
    '/usr/local/cuda*/lib64',
    '/usr/local/cuda*/targets/x86_64-linux/lib',
    '/opt/cuda/lib64',
    '/opt/cuda*/lib64',
  ],
  ...sitePackages.flatMap((folder) => [`${folder}/nvidia/*/lib`, `${folder}/torch/lib`]),
]

/**
 * Finds what `cuda` needs: the provider's libraries beside ONNX Runtime, or where onnxruntime-gpu of Python is installed, or in
 * `SLUICE_CUDA_PROVIDER`, and the CUDA release and cuDNN that the provider names.
 */
export function findCuda(): FoundLibraries {
  const require = createRequire(import.meta.url)
  const runtime = dirname(require.resolve('onnxruntime-node/package.json'))
  const binaries = join(runtime, 'bin/napi-v6/linux/x64')
  const release = releaseOf(require(join(runtime, 'script/install-metadata.js')))
  const notes = [`onnxruntime-node's metadata names CUDA ${release} for linux/x64`]
  const beside = join(binaries, provider)
  if (!existsSync(beside)) {
    const elsewhere = [
      process.env['SLUICE_CUDA_PROVIDER'] ?? '',
      ...sitePackages.flatMap((folder) => globSync(`${folder}/onnxruntime/capi`)),
    ]
      .map((folder) => join(folder, provider))
      .find((path) => existsSync(path))
    if (elsewhere === undefined)
      notes.push(
        `${provider}: not found (it is no part of the npm package; set SLUICE_CUDA_PROVIDER to its folder)`,
      )
    else {
      notes.push(`${provider} of ${dirname(elsewhere)}`)
      for (const name of [provider, shared]) symlinkSync(join(dirname(elsewhere), name), join(binaries, name))
    }
  }
  const wanted = existsSync(beside) ? linkedTo(beside) : (wantedOfRelease[release] ?? [])
  const folders = new Set<string>()
  for (const name of wanted) {
    const path = findLibrary(name, cudaFolders)
    if (path !== undefined) folders.add(dirname(path))
    notes.push(path === undefined ? `${name}: not found${others(name)}` : `${name}: ${path}`)
  }
  return { folders: Array.from(folders), notes, variables: {} }
}

/** The CUDA release that the metadata of onnxruntime-node's installer names for Linux on x86-64. */
export function releaseOf(metadata: {
  readonly requirements: Readonly<Record<string, readonly string[]>>
}): string {
  const release = metadata.requirements['linux/x64']
    ?.map((name) => /^cuda(\d+)$/u.exec(name)?.[1])
    .find((found) => found !== undefined)
  if (release === undefined) throw new Error('onnxruntime-node names no CUDA release for linux/x64')
  return release
}

/** The CUDA libraries whose names stand in the provider's dynamic section. */
function linkedTo(path: string): readonly string[] {
  const names = readFileSync(path)
    .toString('latin1')
    .matchAll(/lib(?:cudart|cublas|cublasLt|cufft|curand|cudnn|nvrtc)\.so\.\d+/gu)
  return Array.from(new Set(Array.from(names, ([name]) => name)))
}

function others(name: string): string {
  const stem = name.replace(/\d+$/u, '')
  const found = cudaFolders
    .flatMap((folder) => globSync(join(folder, `${stem}[0-9]*`)))
    .map((path) => `${basename(path)} in ${dirname(path)}`)
  return found.length === 0 ? '' : `; there is ${found[0]}`
}
