/** The execution providers. */
export const providers = ['cpu', 'wasm', 'webgpu', 'cuda', 'coreml', 'dml'] as const

/**
 * A device and the code that runs on it.
 *
 * - `cpu`: ONNX Runtime on the processor; maps tables in files, however large.
 * - `wasm`: this package's WebAssembly kernel, on one thread; copies the tables, up to 4 GiB.
 * - `webgpu`: ONNX Runtime on any GPU, through Vulkan, Metal or Direct3D.
 * - `cuda`, `dml`, `coreml`: ONNX Runtime on NVIDIA's, Windows' and Apple's libraries.
 */
export type Provider = (typeof providers)[number]

/** The providers of ONNX Runtime. */
export type OrtProvider = Exclude<Provider, 'wasm'>
