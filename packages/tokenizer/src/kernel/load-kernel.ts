import { kernelSha256 } from './kernel-sha256.ts'
import { TokenizerError } from '../errors.ts'
import { type Asset, bytesOfAsset } from '../load/asset.ts'
import { sha256Hex } from '#sha256'
import { type WasmModule, type WebAssemblyApi, webAssembly } from './web-assembly.ts'

/** The compiled kernel and what it runs on. */
export interface LoadedKernel {
  readonly api: WebAssemblyApi
  readonly module: WasmModule
}

const url = new URL('../../kernel/kernel.wasm', import.meta.url)

/** The compiled kernel, shared by the encodings of a thread; undefined where the runtime has no WebAssembly SIMD. */
let loaded: Promise<LoadedKernel | undefined> | undefined

/** Load and compile the kernel, once: the first place that it is found in is good for all. */
export function loadKernel(asset: Asset = url): Promise<LoadedKernel | undefined> {
  loaded ??= compileKernel(asset).catch((error: unknown) => {
    loaded = undefined
    throw error
  })
  return loaded
}

async function compileKernel(asset: Asset): Promise<LoadedKernel | undefined> {
  if (webAssembly === undefined) return undefined
  const bytes = await bytesOfAsset(asset)
  const sha256 = await sha256Hex(bytes)
  if (sha256 !== kernelSha256) {
    throw new TokenizerError(
      'invalid-vocabulary',
      `Expected kernel.wasm to have sha256 ${kernelSha256}, got ${sha256}: give the file of this version, or reinstall @sluice/tokenizer`,
    )
  }
  if (!webAssembly.validate(bytes)) return undefined
  return { api: webAssembly, module: await webAssembly.compile(bytes) }
}
