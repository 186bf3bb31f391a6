import { createRequire } from 'node:module'

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
