import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompressSync } from 'node:zlib'

const run = promisify(execFile)

// SwiftShader, a Vulkan device in software (Apache-2.0), and a Vulkan loader, as packed in this npm package for Linux x86-64.
// The package weighs 68 MB, most of it a browser: so it is no dependency, and only these 7 MB are kept.
const packageName = '@sparticuz/chromium'
const version = '147.0.0'
const integrity =
  'sha512-4ZKeAQQa8up2mt675qSitztLdbQrlf8BKdC5naeap+5Mv1OV1OlJdPoU+EJC/p5sQUJUQmN4r+q5+EhaaOUHpQ=='

const cache = fileURLToPath(new URL('../../../node_modules/.cache/sluice/', import.meta.url))
const folder = join(cache, `swiftshader-${version}`)

/** The environment in which a child process finds the software Vulkan device; fetched once, then kept in node_modules. */
export async function swiftshaderEnvironment(): Promise<Record<string, string>> {
  const files = await swiftshaderFolder()
  const driver = join(files, 'vk_swiftshader_icd.json')
  return { LD_LIBRARY_PATH: files, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver }
}

/** The folder of the software device and the Vulkan loader; fetched once, then kept in node_modules. */
export async function swiftshaderFolder(): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`SwiftShader is packed for linux x64 only, this is ${process.platform} ${process.arch}`)
  }
  if (!existsSync(folder)) await fetchTo(folder)
  return folder
}

async function fetchTo(target: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const temporary = await mkdtemp(join(cache, 'fetch-'))
  try {
    await run('npm', ['pack', `${packageName}@${version}`, '--silent', '--pack-destination', temporary])
    const archive = join(temporary, `sparticuz-chromium-${version}.tgz`)
    const hash = createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')
    if (`sha512-${hash}` !== integrity) throw new Error(`${packageName}@${version} is not the pinned package`)
    const member = 'package/bin/swiftshader.tar.br'
    await run('tar', ['-xzf', archive, '-C', temporary, member])
    const tar = join(temporary, 'swiftshader.tar')
    await writeFile(tar, brotliDecompressSync(await readFile(join(temporary, member))))
    const files = join(temporary, 'files')
    await mkdir(files)
    await run('tar', [
      '-xf',
      tar,
      '-C',
      files,
      'libvulkan.so.1',
      'libvk_swiftshader.so',
      'vk_swiftshader_icd.json',
    ])
    await rename(files, target).catch((error: unknown) => {
      // Another process was faster.
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
