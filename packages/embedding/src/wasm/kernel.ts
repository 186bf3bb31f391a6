import { base64 } from './embed-module.ts'

/** The part of the global that is used here; Node's types leave it to those of browsers. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>
  instantiate(module: object): Promise<{ readonly exports: Readonly<Record<string, unknown>> }>
}

/** The module's memory: growing it replaces `buffer`. */
interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** What `embed.wat` exports; see there. */
export interface EmbedKernel {
  readonly memory: Memory
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
}

let compiled: Promise<object> | undefined

/** A fresh instance, with its own memory. */
export async function instantiateKernel(): Promise<EmbedKernel> {
  compiled ??= WebAssembly.compile(Buffer.from(base64, 'base64'))
  const { exports } = await WebAssembly.instantiate(await compiled)
  if (!isKernel(exports)) throw new TypeError('embed.wat does not export memory, embed and gather')
  return exports
}

function isKernel(exports: object): exports is EmbedKernel {
  const { memory, embed, gather }: Partial<Record<keyof EmbedKernel, unknown>> = exports
  return typeof memory === 'object' && typeof embed === 'function' && typeof gather === 'function'
}
