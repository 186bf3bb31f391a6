/**
 * Which build of PyTorch the bits of large float32 `normal_` and `uniform_` follow. Everything else is the same in all.
 *
 * - `avx2`: official x86-64 Linux wheels and Debian builds on a CPU with AVX2 or AVX512. Verified bit for bit.
 * - `scalar`: x86-64 without AVX2, or `ATEN_CPU_CAPABILITY=default`. Verified bit for bit; Linux aarch64
 *   wheels should be the same and were not run.
 */
export type BitFamily = 'avx2' | 'scalar'
