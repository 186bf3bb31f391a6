/** Pinned: understood by ONNX Runtime from 1.12 (2022) on. */
export const graphIrVersion = 8
export const graphOpset = 17
