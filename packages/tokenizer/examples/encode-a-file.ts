import { open } from 'node:fs/promises'
import { encodeStream, getEncoding } from '@sluice/tokenizer'

const encoding = await getEncoding('o200k_base')
console.log(encoding.encode('Bytes in, ids out.'))
console.log(encoding.decode([10629, 306, 11, 27380, 842, 13]))

// A file of any size, in constant memory.
const file = await open(process.argv[2] ?? new URL(import.meta.url).pathname)
let count = 0
for await (const ids of encodeStream(encoding, file.createReadStream())) count += ids.length
console.log(`${count} tokens`)
