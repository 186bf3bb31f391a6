import { getEncoding } from '@sluice/tokenizer'
import { corpusLimit } from '@sluice/testing'
import { tokenizerJsonOf } from './tokenizer-json-of-encoding.ts'

/** The encodings that are measured. */
export const measuredEncodings = ['gpt2', 'cl100k_base', 'o200k_base'] as const
export type MeasuredEncoding = (typeof measuredEncodings)[number]

/** A tokenizer ready to encode: text to ids. */
export type Encode = (text: string, bytes: Uint8Array) => ArrayLike<number> | Promise<ArrayLike<number>>

/** A tokenizer that a Node user can install. */
export interface Peer {
  readonly name: string
  /** The most bytes of a text it is given: slow ones get less, so that a run ends. */
  readonly byteLimit: number
  load(encoding: MeasuredEncoding): Promise<Encode>
}

const all = Infinity
const slow = 1 << 18

async function loadSluice(
  encoding: MeasuredEncoding,
  implementation: 'wasm' | 'typescript',
): Promise<Encode> {
  const loaded = await getEncoding(encoding, { implementation })
  // `encodeInto` is for callers that use their memory again and again, so it is in use before the first pass.
  const target = new Uint32Array(corpusLimit).fill(1)
  return (_, bytes) => target.subarray(0, loaded.encodeInto(bytes, target))
}

export const peers: readonly Peer[] = [
  { name: '@sluice/tokenizer', byteLimit: all, load: (encoding) => loadSluice(encoding, 'wasm') },
  {
    name: '@sluice/tokenizer, typescript',
    byteLimit: slow,
    load: (encoding) => loadSluice(encoding, 'typescript'),
  },
  {
    name: 'gpt-tokenizer 4.0.0',
    byteLimit: slow,
    async load(encoding) {
      const modules = {
        gpt2: () => import('gpt-tokenizer/encoding/r50k_base'),
        cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
        o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
      }
      const { encode } = await modules[encoding]()
      return (text) => encode(text, { disallowedSpecial: new Set() })
    },
  },
  {
    name: 'tiktoken (npm, WebAssembly) 1.0.22',
    byteLimit: slow,
    async load(encoding) {
      const { get_encoding: getTiktoken } = await import('tiktoken')
      const loaded = getTiktoken(encoding)
      return (text) => loaded.encode_ordinary(text)
    },
  },
  {
    name: 'js-tiktoken 1.0.21',
    byteLimit: slow,
    async load(encoding) {
      const { getEncoding: getTiktoken } = await import('js-tiktoken')
      const loaded = getTiktoken(encoding)
      return (text) => loaded.encode(text, [], [])
    },
  },
  {
    name: 'tokenizers (npm, native) 0.23.2',
    byteLimit: slow,
    async load(encoding) {
      const { Tokenizer } = await import('tokenizers')
      const loaded = Tokenizer.fromString(JSON.stringify(tokenizerJsonOf(encoding)))
      return async (text) => (await loaded.encode(text)).getIds()
    },
  },
  {
    name: '@huggingface/tokenizers 0.2.0',
    byteLimit: slow / 2,
    async load(encoding) {
      const { Tokenizer } = await import('@huggingface/tokenizers')
      const loaded = new Tokenizer(tokenizerJsonOf(encoding), {})
      return (text) => loaded.encode(text).ids
    },
  },
]
