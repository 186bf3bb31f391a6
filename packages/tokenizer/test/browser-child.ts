/** Runs in a browser: encode the texts of `/input` with both implementations, whole and as streams, and post the ids. */
import {
  createEncodeTransform,
  encodeStream,
  type Encoding,
  type EncodingName,
  getEncoding,
} from '../src/index.ts'

/** The ids of every text. */
export interface BrowserResult {
  readonly encoding: EncodingName
  readonly implementation: 'wasm' | 'typescript'
  readonly whole: readonly (readonly number[])[]
  readonly transformed: readonly (readonly number[])[]
  readonly iterated: readonly (readonly number[])[]
  readonly decoded: readonly string[]
}

/** Three bytes at a time, so that characters are cut. */
function chunksOf(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  const bytes = new TextEncoder().encode(text)
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 3) controller.enqueue(bytes.slice(at, at + 3))
      controller.close()
    },
  })
}

async function transform(encoding: Encoding, text: string): Promise<number[]> {
  const ids: number[] = []
  for await (const block of chunksOf(text).pipeThrough(createEncodeTransform(encoding))) ids.push(...block)
  return ids
}

async function iterate(encoding: Encoding, text: string): Promise<number[]> {
  const ids: number[] = []
  for await (const block of encodeStream(encoding, chunksOf(text))) ids.push(...block)
  return ids
}

async function encodeAll(
  encoding: EncodingName,
  implementation: BrowserResult['implementation'],
  texts: readonly string[],
): Promise<BrowserResult> {
  const loaded = await getEncoding(encoding, { implementation })
  const whole = texts.map((text) => Array.from(loaded.encodeOrdinary(text)))
  return {
    encoding,
    implementation,
    whole,
    transformed: await Promise.all(texts.map((text) => transform(loaded, text))),
    iterated: await Promise.all(texts.map((text) => iterate(loaded, text))),
    decoded: whole.map((ids) => loaded.decode(ids)),
  }
}

async function run(): Promise<readonly BrowserResult[]> {
  const input = (await (await fetch('/input')).json()) as Readonly<Record<EncodingName, readonly string[]>>
  const results: BrowserResult[] = []
  for (const [encoding, texts] of Object.entries(input) as [EncodingName, readonly string[]][]) {
    for (const implementation of ['wasm', 'typescript'] as const) {
      results.push(await encodeAll(encoding, implementation, texts))
    }
  }
  return results
}

const result = await run().catch((error: unknown) => String(error instanceof Error ? error.stack : error))
await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
