import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { InferenceSession, OnnxValue, Tensor } from 'onnxruntime-node'
import { EmbeddingError } from '../errors.ts'
import { holdDevice } from './hold-device.ts'
import { loadOnnxRuntime } from './load-onnx-runtime.ts'
import { findOnnxRuntime, installOnnxRuntime } from './onnx-runtime.ts'
import type { OrtProvider } from './provider.ts'

/** A graph, and where the tables are that it refers to. */
export interface GraphSource {
  readonly graph: Uint8Array
  /** The folder that the graph's file names refer to; undefined for tables in memory. */
  readonly folder?: string | undefined
  /** The values of tables in memory, by the file name that the graph has for them. */
  readonly memory?: readonly { readonly path: string; readonly data: Uint8Array }[]
}

/** Settings of a session. */
export interface SessionSettings {
  readonly provider: OrtProvider
  readonly threads: number
  /** Results stay in the device's memory. Only the provider `webgpu` can. @default false */
  readonly keepsOnDevice?: boolean
}

/** A session of ONNX Runtime, as it is used here. */
export interface OrtSession {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /**
   * @param feeds - the inputs by name
   * @param results - arrays that outputs are written to, by name. @default all outputs, newly made
   */
  run(feeds: Record<string, OnnxValue>, results?: Record<string, OnnxValue>): Promise<Record<string, Tensor>>
  release(): Promise<void>
}

interface Requirement {
  /** `process.platform` values on which ONNX Runtime's package for Node has it. */
  readonly platforms: readonly NodeJS.Platform[]
  /** Further requirements, and how to meet them. */
  readonly needs: string
}

const requirements: Readonly<Record<OrtProvider, Requirement>> = {
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
 * Makes a session of ONNX Runtime on exactly the given provider: no operator runs elsewhere.
 *
 * @throws EmbeddingError `provider-unavailable`, saying what is missing and how to get it
 */
export async function openSession(source: GraphSource, settings: SessionSettings): Promise<OrtSession> {
  const { provider } = settings
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
  const release = provider === 'webgpu' ? await holdDevice() : () => {}
  try {
    const { InferenceSession: Session } = await loadOnnxRuntime()
    const session = await Session.create(source.graph, sessionOptions(source, settings))
    return wrap(session, release)
  } catch (cause) {
    release()
    const reason = firstLine(cause)
    if (reason.includes('fallback to CPU EP has been explicitly disabled')) {
      throw new EmbeddingError(
        'provider-unavailable',
        `${provider} has not all operators and number formats of this graph (WebGPU has no bfloat16); use cpu, or compute in another dtype from a checkpoint that is stored in it`,
        { cause },
      )
    }
    throw new EmbeddingError(
      'provider-unavailable',
      `${provider} did not start: ${reason}. It needs ${needs}`,
      { cause },
    )
  }
}

function wrap(session: InferenceSession, released: () => void): OrtSession {
  const { inputNames, outputNames } = session
  return {
    inputNames,
    outputNames,
    run: (feeds, results) => (results === undefined ? session.run(feeds) : session.run(feeds, results)),
    async release() {
      await session.release()
      released()
    },
  }
}

function sessionOptions(
  { folder, memory = [] }: GraphSource,
  { provider, threads, keepsOnDevice = false }: SessionSettings,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    ...(keepsOnDevice && { preferredOutputLocation: 'gpu-buffer' as const }),
    ...(memory.length > 0 && { externalData: memory }),
    extra: {
      session: {
        // Idle threads of the pool would otherwise burn a core between runs.
        intra_op: { allow_spinning: '0' },
        // No operator may quietly run on the CPU instead.
        disable_cpu_ep_fallback: provider === 'cpu' ? '0' : '1',
        // Tables in files are mapped, not read: all sessions of the machine share one copy in the page cache.
        ...(folder !== undefined && { model_external_initializers_file_folder_path: folder }),
      },
    },
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
