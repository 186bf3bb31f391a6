import { isMainThread } from 'node:worker_threads'
// A module of its own: the types of what everybody imports must compile without the package.
import type * as OnnxRuntime from 'onnxruntime-node'

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
