import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { sluice } from './sluice.ts'

test('rows of documents are made, shown, verified, compared with their corpus and exported', async () => {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'a.jsonl'), '{"text": "one two three", "id": "a"}\n{"text": "four", "id": "b"}\n')
  const options = ['--per', 'document', '--dim', '8', '--keep', 'id']
  const run = await sluice(['run', 'a.jsonl', ...options, '--out', 'rows'], { cwd })
  expect(run.code).toBe(0)
  expect(run.stderr).toContain('will write 2 documents, ')
  expect(run.stderr).toContain('between documents: nothing')
  expect(run.stdout).toMatch(/^2 documents, 4 tokens, /)
  expect(run.stdout).toContain('embeds = table["inputs_embeds"][0].values.flatten()')

  const shown = await sluice(['inspect', 'rows'], { cwd })
  expect(shown.stdout).toContain('a row for each of 2 documents, 4 tokens together, 8,192 at most')
  expect(shown.stdout).toContain('inputs_embeds  list<fixed_size_list<float>[8]>')
  expect(shown.stdout).toContain('document 1, a.jsonl bytes 37–64, 1 token')
  const json = await sluice(['inspect', 'rows', '--json'], { cwd })
  expect(JSON.parse(json.stdout)).toMatchObject({
    manifest: { version: 5, totals: { rows: 2, tokens: 4, documents: 2 } },
    rows: [{ inputIds: [505, 734, 1115], text: 'one two three', kept: { id: 'a' } }, { tokens: 1 }],
  })

  const verified = await sluice(['verify', 'rows', '--deep', '2'], { cwd })
  expect(verified.stdout).toMatch(
    /^rows is complete and unchanged: 1 part, .*, 2 documents; 2 documents recomp/,
  )
  expect((await sluice(['repair', 'rows'], { cwd })).code).toBe(0)
  const exported = await sluice(['export', 'rows', '--to', 'tokens', '--out', 'flat'], { cwd })
  expect(exported.stdout).toBe('2 documents as tokens in flat, 4 ids\n')
  const refused = await sluice(['export', 'rows', '--to', 'npy', '--unit', 'window', '--out', 'n'], { cwd })
  expect(refused).toMatchObject({
    code: 2,
    stderr: 'sluice: Expected `--unit` to be left out: rows has a row for each document\n',
  })
  const estimated = await sluice(['estimate', 'a.jsonl', '--per', 'document', '--pool', 'mean'], { cwd })
  expect(estimated.stdout).toContain('a row for each document, dim 256')
})
