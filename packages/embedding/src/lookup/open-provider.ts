import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EmbeddingError } from '../errors.ts'
import type { Lookup } from './lookup.ts'
import { findOnnxRuntime, installOnnxRuntime } from './onnx-runtime.ts'
import { createOrtLookup, type OrtSettings } from './ort-lookup.ts'
import type { Provider } from './provider.ts'
import type { TableSource } from './table-source.ts'
import { createWasmLookup } from './wasm-lookup.ts'

interface Requirement {
  /** `process.platform` values on which ONNX Runtime's package for Node has it. */
  readonly platforms: readonly NodeJS.Platform[]
  /** Further requirements, and how to meet them. */
  readonly needs: string
}

const requirements: Readonly<Record<Exclude<Provider, 'wasm'>, Requirement>> = {
  cpu: { platforms: ['linux', 'darwin', 'win32'], needs: 'the binaries of the package onnxruntime-node' },
  webgpu: {
    platforms: ['linux', 'darwin', 'win32'],
    needs:
      "a GPU with a recent driver; on Linux also the Vulkan loader (apt install libvulkan1) and a Vulkan driver (the GPU maker's, or mesa-vulkan-drivers 25 or newer)",
  },
  cuda: {
    platforms: ['linux'],
    needs:
      "an NVIDIA GPU on x86-64, CUDA 12 and cuDNN 9 on the loader's path, and ONNX Runtime's CUDA libraries (ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js)",
  },
  coreml: { platforms: ['darwin'], needs: 'macOS 12 or newer' },
  dml: { platforms: ['win32'], needs: 'a GPU with Direct3D 12' },
}

/**
 * Opens one provider; no operator runs elsewhere.
 *
 * @throws EmbeddingError `provider-unavailable`, saying what is missing and how to get it.
 */
export async function openProvider(
  provider: Provider,
  source: TableSource,
  settings: Omit<OrtSettings, 'provider'>,
): Promise<Lookup> {
  if (provider === 'wasm') return createWasmLookup(source)
  const { platforms, needs } = requirements[provider]
  if (!platforms.includes(process.platform)) {
    throw new EmbeddingError(
      'provider-unavailable',
      `${provider} runs on ${platforms.join(', ')} only, this is ${process.platform}; use cpu, wasm or webgpu`,
    )
  }
  const runtime = findOnnxRuntime()
  if (runtime === undefined) {
    throw new EmbeddingError(
      'provider-unavailable',
      `${provider} runs on ONNX Runtime, which is not installed: ${installOnnxRuntime}, or use the provider wasm`,
    )
  }
  if (provider === 'cuda' && !existsSync(cudaLibrary(runtime))) {
    throw new EmbeddingError(
      'provider-unavailable',
      `cuda did not start: ${cudaLibrary(runtime)} is not there. It needs ${needs}`,
    )
  }
  try {
    return await createOrtLookup(source, { ...settings, provider })
  } catch (cause) {
    const reason = firstLine(cause)
    throw new EmbeddingError(
      'provider-unavailable',
      `${provider} did not start: ${reason}. It needs ${needs}`,
      { cause },
    )
  }
}

/** Without a look for it, ONNX Runtime would print a page of errors. */
function cudaLibrary(runtime: string): string {
  const binaries = join(dirname(runtime), '..', 'bin', 'napi-v6', process.platform, process.arch)
  return join(binaries, 'libonnxruntime_providers_cuda.so')
}

/** The sentence in the error that says what happened, without the source line of ONNX Runtime that noticed. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const [line = ''] = text.split('\n', 1)
  return line
    .replace(/^.* was false\. /u, '')
    .replace(/[\s.]+$/u, '')
    .slice(0, 300)
}
