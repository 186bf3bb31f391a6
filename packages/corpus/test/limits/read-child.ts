/** Reads a source in a process of its own and prints what came of it and the most memory it had. */
import { readDocuments } from '../../src/segments/read-segment.ts'
import { openSource } from '../../src/sources/open-source.ts'

const [path = '', options = '{}'] = process.argv.slice(2)
let text = 0
let outcome = 'read'
try {
  await using source = await openSource(path)
  for await (const batch of readDocuments(source, JSON.parse(options)))
    for (const event of batch) if (event.kind === 'bytes') text += event.bytes.length
} catch (error) {
  outcome = error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
console.log(JSON.stringify({ outcome, text, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }))
