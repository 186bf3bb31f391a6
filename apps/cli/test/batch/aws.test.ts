import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  ContainerProperties$,
  DescribeJobDefinitionsRequest$,
  DescribeJobDefinitionsResponse$,
  JobDefinition$,
  ResourceRequirement$,
  ResourceType,
  RetryAction,
  SubmitJobRequest$,
  type SubmitJobRequest,
} from '@aws-sdk/client-batch'
import { temporaryFolder } from '@sluice/testing'
import { expect, test } from 'vitest'
import { program, sluice } from '../sluice.ts'
import { membersOf, requestOf } from './aws-request.ts'
import { contentsOf, shardCorpus } from './shard-corpus.ts'

/** A call of the AWS command line, as the program in its place noted it. */
interface Submitted {
  readonly words: readonly string[]
}

/** Stands in for the AWS command line, which no test can reach: notes what it was asked, and answers with a job's id; of a job definition, with its vCPUs. */
const notingAws = `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs')
if (process.argv[3] === 'describe-job-definitions') {
  appendFileSync(process.env.AWS_CALLS + '.describe', JSON.stringify({ words: process.argv.slice(2) }) + '\\n')
  console.log(process.argv[process.argv.indexOf('--job-definitions') + 1] === 'sluice:1' ? '2' : 'None')
  process.exit()
}
appendFileSync(process.env.AWS_CALLS, JSON.stringify({ words: process.argv.slice(2) }) + '\\n')
console.log('job-' + readFileSync(process.env.AWS_CALLS, 'utf8').trim().split('\\n').length)
`

/** The calls that the program in the command line's place noted. */
function wordsIn(path: string): (readonly string[])[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => (JSON.parse(line) as Submitted).words)
}

/** @throws Error where the model of the call does not allow it, or its answer has nothing of what is looked for there */
function describeRequestOf(words: readonly string[]): Record<string, unknown> {
  const query = words[words.indexOf('--query') + 1]!
  const wanted = [
    'jobDefinitions',
    'revision',
    'containerProperties',
    'resourceRequirements',
    'type',
    'value',
    'vcpus',
  ]
  const looked = query.match(/[a-zA-Z]+/g)!.filter((name) => !['max', 'by', 'VCPU', 'null'].includes(name))
  expect(new Set(looked)).toEqual(new Set(wanted))
  expect(membersOf(DescribeJobDefinitionsResponse$)).toContain('jobDefinitions')
  expect(membersOf(JobDefinition$)).toEqual(expect.arrayContaining(['revision', 'containerProperties']))
  expect(membersOf(ContainerProperties$)).toEqual(expect.arrayContaining(['resourceRequirements', 'vcpus']))
  expect(membersOf(ResourceRequirement$)).toEqual(expect.arrayContaining(['type', 'value']))
  expect(Object.values(ResourceType)).toContain('VCPU')
  return requestOf(DescribeJobDefinitionsRequest$, words.slice(2))
}

/** What the model says in words only: documentation of `SubmitJobRequest`, `RetryStrategy` and `ArrayProperties`. */
function expectToBeAllowed(request: SubmitJobRequest): void {
  expect(request.jobName).toMatch(/^[a-zA-Z0-9][\w-]{0,127}$/)
  expect(request.retryStrategy!.attempts).toBeLessThanOrEqual(10)
  const conditions = request.retryStrategy!.evaluateOnExit!
  expect(conditions.length).toBeLessThanOrEqual(5)
  for (const { action } of conditions) expect(Object.values(RetryAction)).toContain(action)
  const { size } = request.arrayProperties ?? { size: 2 }
  expect([size! >= 2, size! <= 10_000]).toEqual([true, true])
}

test.each([
  ['arrays', '3'],
  ['jobs of one shard', '1'],
])('the script for AWS Batch submits %s that make the bytes of `run`', async (_, shards) => {
  const cwd = temporaryFolder()
  const { run, expected } = await shardCorpus(cwd, 450)
  const out = 'books "new" \\ old'
  const emitted = await sluice(['plan', ...run, '--out', out, '--emit', 'aws', '--shards', shards], { cwd })
  expect(emitted.code).toBe(0)
  const bin = join(cwd, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'aws'),
    notingAws.replace(/^#!.*$/m, (line) => line),
  )
  chmodSync(join(bin, 'aws'), 0o755)
  const calls = join(cwd, 'calls')
  const environment = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, AWS_CALLS: calls }
  const refused = spawnSync('bash', [], { input: emitted.stdout, env: environment, encoding: 'utf8' })
  expect([refused.status === 0, refused.stderr]).toEqual([false, expect.stringContaining('JOB_QUEUE')])
  const untold = spawnSync('bash', [], {
    input: emitted.stdout,
    env: { ...environment, JOB_QUEUE: 'queue', JOB_DEFINITION: 'other' },
    encoding: 'utf8',
  })
  expect(untold).toMatchObject({ status: 2, stdout: '' })
  expect(untold.stderr).toContain("vCPUs of other, got 'None'; say it: VCPUS=2")
  const submitted = spawnSync('bash', [], {
    input: emitted.stdout,
    env: { ...environment, JOB_QUEUE: 'queue', JOB_DEFINITION: 'sluice:1' },
    encoding: 'utf8',
  })
  expect(submitted).toMatchObject({ status: 0, stderr: '' })
  const described = wordsIn(`${calls}.describe`).map((words) => describeRequestOf(words))
  // A name has its latest revision looked for; a revision is asked for as it is.
  expect(described).toEqual([
    { jobDefinitionName: 'other', status: 'ACTIVE' },
    { jobDefinitions: ['sluice:1'] },
  ])
  const jobs = wordsIn(calls)
  for (const words of jobs)
    expectToBeAllowed(requestOf(SubmitJobRequest$, words.slice(2)) as unknown as SubmitJobRequest)
  const flag = (words: readonly string[], name: string): string | undefined =>
    words.includes(name) ? words[words.indexOf(name) + 1] : undefined
  expect(jobs.map((words) => flag(words, '--depends-on'))).toEqual([undefined, 'jobId=job-1', 'jobId=job-2'])
  const commands = jobs.map(
    (words) => JSON.parse(flag(words, '--container-overrides')!) as { readonly command: readonly string[] },
  )
  // As many as the definition's vCPUs.
  expect(commands.map(({ command }) => flag(command, '--threads'))).toEqual(['2', '2', undefined])
  for (const words of jobs) {
    expect(words.slice(0, 2)).toEqual(['batch', 'submit-job'])
    expect(JSON.parse(flag(words, '--retry-strategy')!)).toEqual({
      attempts: 5,
      evaluateOnExit: [
        { onExitCode: '2', action: 'EXIT' },
        { onReason: '*', action: 'RETRY' },
      ],
    })
  }
  // What the containers would do: each child of an array has its index in a variable.
  for (const words of jobs) {
    const { command, environment: given = [] } = JSON.parse(flag(words, '--container-overrides')!) as {
      readonly command: readonly string[]
      readonly environment?: readonly { readonly name: string; readonly value: string }[]
    }
    const size = Number(flag(words, '--array-properties')?.replace('size=', '') ?? 1)
    for (let index = 0; index < size; index++) {
      const own = Object.fromEntries(given.map(({ name, value }) => [name, value]))
      const variables = size > 1 ? { AWS_BATCH_JOB_ARRAY_INDEX: String(index) } : own
      const child = spawnSync(process.execPath, [program, ...command.slice(1)], {
        cwd,
        env: { ...process.env, ...variables },
        encoding: 'utf8',
      })
      expect(child.status, child.stderr).toBe(0)
    }
  }
  expect(contentsOf(join(cwd, out))).toEqual(expected)
})
