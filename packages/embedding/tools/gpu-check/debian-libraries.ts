import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, join } from 'node:path'

/**
 * What a GPU maker's Vulkan driver loads of the system beside the C library: the loader, and the libraries of OpenGL and X11, without
 * which NVIDIA's driver starts no Vulkan instance even where nothing is drawn (seen on 580.159).
 */
const packages = [
  ...['libvulkan1', 'libegl1', 'libglvnd0', 'libglx0', 'libgl1', 'libopengl0', 'libgles2'],
  ...['libx11-6', 'libxext6', 'libxcb1', 'libxau6', 'libxdmcp6', 'libbsd0', 'libmd0'],
]

/**
 * The folder with these libraries, by their sonames; fetched once from Debian, then kept in `cache`. Undefined on a system that has no
 * Debian packages.
 */
export function debianLibraries(cache: string): string | undefined {
  const folder = join(cache, 'gpu-pack-libraries-1')
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const temporary = mkdtempSync(join(cache, 'libraries-'))
  try {
    execFileSync('apt-get', ['download', '-o', 'Debug::NoLocking=1', ...packages], {
      cwd: temporary,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const unpacked = join(temporary, 'unpacked')
    for (const file of globSync('*.deb', { cwd: temporary }))
      execFileSync('dpkg-deb', ['-x', file, unpacked], { cwd: temporary })
    const libraries = join(temporary, 'libraries')
    mkdirSync(libraries)
    // A soname is the link to the file that carries the full version.
    for (const path of globSync(join(unpacked, 'usr/lib/*/*.so.*'))) {
      if (lstatSync(path).isSymbolicLink()) copyFileSync(realpathSync(path), join(libraries, basename(path)))
    }
    renameSync(libraries, folder)
    return folder
  } catch (error) {
    console.error(
      `gpu-check: the archive goes without libraries of Debian: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    )
    return undefined
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
