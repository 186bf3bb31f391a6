/** What the WebAssembly module in `kernel/` exports; numbers are addresses in its memory. */
export interface KernelExports {
  readonly configure: (at: number) => void
  readonly build: (offsets: number, bytes: number, order: number, next: number, longest: number) => number
  readonly seed: (bytes: number, offsets: number, count: number) => void
  readonly encodePiece: (start: number, end: number, out: number) => number
  readonly encodeListed: (count: number, out: number) => number
  readonly encodeGpt2: (start: number, end: number, out: number) => number
  readonly encodeCl100k: (start: number, end: number, out: number) => number
  readonly encodeO200k: (start: number, end: number, out: number) => number
}
