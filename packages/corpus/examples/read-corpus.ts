/** Prints how many documents and bytes a corpus has: `node examples/read-corpus.ts PATH…`. */
import { listSources, openSource, ProblemTally, readDocuments } from '@sluice/corpus'

const { sources } = await listSources(process.argv.slice(2))
for (const locator of sources) {
  await using source = await openSource(locator)
  const problems = new ProblemTally()
  let documents = 0
  let bytes = 0
  for await (const batch of readDocuments(source, {
    onError: 'replace',
    onProblem: problems.add.bind(problems),
  })) {
    for (const event of batch) {
      if (event.kind === 'bytes') bytes += event.bytes.length
      if (event.kind === 'end') documents++
    }
  }
  console.log(locator, documents, bytes, JSON.stringify(problems.counts()))
}
