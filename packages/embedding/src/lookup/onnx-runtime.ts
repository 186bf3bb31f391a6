import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import type * as OnnxRuntime from 'onnxruntime-node'

/** How the package that runs the ONNX graph is installed: it weighs some 290 MB, so only those who use it have it. */
export const installOnnxRuntime = 'npm install onnxruntime-node@1.30.0'

/** Returns the file that `onnxruntime-node` starts with; undefined where the package is not installed. */
export function findOnnxRuntime(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('onnxruntime-node')
  } catch {
    return undefined
  }
}

/** Returns whether ONNX Runtime is installed. Without it, only the provider `wasm` runs. */
export function hasOnnxRuntime(): boolean {
  return findOnnxRuntime() !== undefined
}

/** ONNX Runtime from 1.29 on sends what it runs to its maker, and keeps a number for the device, where this is not set when it starts. */
const telemetrySwitch = 'ORT_DISABLE_TELEMETRY'

/**
 * Loads ONNX Runtime, with its telemetry turned off; who wants it sets `ORT_DISABLE_TELEMETRY=0`. Only the main thread can change what
 * the library sees: it reads the environment of the process, of which other threads have a copy.
 */
export async function loadOnnxRuntime(): Promise<typeof OnnxRuntime> {
  if (process.env[telemetrySwitch] === undefined) {
    process.env[telemetrySwitch] = '1'
    if (!isMainThread) {
      process.emitWarning(
        `ONNX Runtime's telemetry cannot be turned off from a thread; start the process with ${telemetrySwitch}=1`,
      )
    }
  }
  return import('onnxruntime-node')
}
