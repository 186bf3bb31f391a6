import { base64 } from './embed-module.ts'
import type { SharedMemory } from './shared-memory.ts'

/** The part of the global that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>
  instantiate(
    module: object,
    imports: object,
  ): Promise<{ readonly exports: Readonly<Record<string, unknown>> }>
}

/** What `embed.wat` exports; see there. */
export interface EmbedKernel {
  readonly embed: (
    ...places: readonly [
      ids: number,
      positions: number,
      rows: number,
      columns: number,
      rowBytes: number,
      token: number,
      position: number,
      out: number,
    ]
  ) => void
  readonly gather: (ids: number, count: number, rowBytes: number, token: number, out: number) => void
  readonly toBfloat16: (at: number, count: number) => void
}

let compiled: Promise<object> | undefined

/** The kernel over a memory. */
export async function instantiateKernel(memory: SharedMemory): Promise<EmbedKernel> {
  compiled ??= WebAssembly.compile(Buffer.from(base64, 'base64'))
  const { exports } = await WebAssembly.instantiate(await compiled, { tables: { memory } })
  if (!isKernel(exports)) throw new TypeError('embed.wat does not export embed, gather and toBfloat16')
  return exports
}

function isKernel(exports: object): exports is EmbedKernel {
  const { embed, gather, toBfloat16 }: Partial<Record<keyof EmbedKernel, unknown>> = exports
  return [embed, gather, toBfloat16].every((name) => typeof name === 'function')
}
