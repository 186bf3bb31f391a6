import { existsSync, globSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { FoundLibraries } from './found-libraries.ts'
import { findLibrary } from './find-library.ts'

/** Where the loader looks for drivers by itself. */
const knownDriverFolders = [
  '/etc/vulkan/icd.d',
  '/usr/share/vulkan/icd.d',
  '/usr/local/share/vulkan/icd.d',
  '/usr/local/etc/vulkan/icd.d',
]
/** Where containers and mounted drivers have them. */
const otherDriverFolders = [
  '/usr/local/nvidia/share/vulkan/icd.d',
  '/usr/lib64/vulkan/icd.d',
  '/opt/*/share/vulkan/icd.d',
]

/**
 * Finds what `webgpu` needs on Linux: the Vulkan loader and the libraries that drivers want, the machine's or else those of `packed`
 * folders, and the drivers, also where the loader does not look, or where a container has NVIDIA's library without the file that names
 * it.
 */
export function findVulkan(packed: readonly string[]): FoundLibraries {
  const missing = missingLibraries(packed)
  const notes = [
    `Vulkan loader: ${findLibrary('libvulkan.so.1') ?? (missing.has('libvulkan.so.1') ? 'the packed one' : 'none (apt install libvulkan1)')}`,
  ]
  if (missing.size > 0)
    notes.push(`not on the machine, packed ones are used: ${Array.from(missing.keys()).join(', ')}`)
  const folders = missing.size > 0 ? [linked(missing)] : []
  const environment = process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES']
  const known = drivers(knownDriverFolders)
  const others = drivers(otherDriverFolders)
  notes.push(
    `Vulkan drivers: ${environment ?? (known.concat(others).join(', ') || 'none is named in a file')}`,
  )
  if (environment !== undefined) return { folders, notes, variables: {} }
  if (known.some((path) => path.includes('nvidia')) || others.length === 0) {
    const driver = known.length === 0 ? nvidiaDriver() : undefined
    if (driver === undefined) return { folders, notes, variables: {} }
    notes.push(`NVIDIA's Vulkan library ${driver} is named in no file; it is given to the loader`)
    return { folders, notes, variables: { VK_DRIVER_FILES: named(driver) } }
  }
  return { folders, notes, variables: { VK_DRIVER_FILES: [...known, ...others].join(':') } }
}

/** The environment of a Vulkan device in software, in `folder` with its loader. */
export function softwareVulkan(folder: string): FoundLibraries {
  const driver = join(folder, 'vk_swiftshader_icd.json')
  return {
    folders: [folder],
    notes: ['Vulkan: SwiftShader, a device in software'],
    variables: { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver },
  }
}

/** The packed libraries that the machine does not have, by name. Its own are taken where it has them: its driver is made for those. */
function missingLibraries(packed: readonly string[]): ReadonlyMap<string, string> {
  const missing = new Map<string, string>()
  for (const path of packed.flatMap((folder) => globSync(join(folder, '*.so.*')))) {
    const name = basename(path)
    if (findLibrary(name) === undefined && !missing.has(name)) missing.set(name, path)
  }
  return missing
}

function linked(libraries: ReadonlyMap<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-libraries-'))
  for (const [name, path] of libraries) symlinkSync(path, join(folder, name))
  return folder
}

function drivers(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => globSync(join(folder, '*.json'))).filter((path) => existsSync(path))
}

function nvidiaDriver(): string | undefined {
  return findLibrary('libGLX_nvidia.so.0') ?? findLibrary('libEGL_nvidia.so.0')
}

function named(library: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-vulkan-')), 'nvidia_icd.json')
  const driver = { file_format_version: '1.0.1', ICD: { library_path: library, api_version: '1.3.0' } }
  writeFileSync(file, JSON.stringify(driver))
  return file
}
