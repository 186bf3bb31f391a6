// Bundled by Vite, which finds the package's files by itself.
import { getEncoding } from '@sluice/tokenizer'

const encoding = await getEncoding('gpt2', { implementation: 'wasm' })
const ids = encoding.encode('Hello world')
await fetch('/result', { method: 'POST', body: JSON.stringify([...ids]) })
