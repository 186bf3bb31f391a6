// Bundled by esbuild, with the package's files as bytes of the bundle.
import { getEncoding } from '@sluice/tokenizer'
import kernel from '@sluice/tokenizer/kernel.wasm'
import vocabulary from '@sluice/tokenizer/vocab/p50k.vocab'

const encoding = await getEncoding('gpt2', { implementation: 'wasm', kernel, vocabulary })
const ids = encoding.encode('Hello world')
await fetch('/result', { method: 'POST', body: JSON.stringify([...ids]) })
