import { SubmitJobRequest$ } from '@aws-sdk/client-batch'
import { expect, test } from 'vitest'
import { requestOf } from './aws-request.ts'

const least = ['--job-name', 'tokens', '--job-queue', 'queue', '--job-definition', 'sluice']

test('a call of the AWS command line is the request of its options, short and as JSON', () => {
  const words = [
    ...least,
    ...['--array-properties', 'size=3', '--depends-on', 'jobId=a,type=SEQUENTIAL', 'jobId=b'],
    ...['--container-overrides', '{"command":["sluice"],"environment":[{"name":"A","value":"="}]}'],
    ...['--query', 'jobId', '--output', 'text'],
  ]
  expect(requestOf(SubmitJobRequest$, words)).toEqual({
    ...{ jobName: 'tokens', jobQueue: 'queue', jobDefinition: 'sluice', arrayProperties: { size: 3 } },
    dependsOn: [{ jobId: 'a', type: 'SEQUENTIAL' }, { jobId: 'b' }],
    containerOverrides: { command: ['sluice'], environment: [{ name: 'A', value: '=' }] },
  })
})

test.each([
  ['an option that the call has not', ['--job-nme', 'x'], 'SubmitJobRequest: no such member: jobNme'],
  [
    'a member that a part has not',
    ['--container-overrides', '{"comand":["sluice"]}'],
    'SubmitJobRequest.containerOverrides: no such member: comand',
  ],
  [
    'a list that is none',
    ['--container-overrides', '{"command":"sluice"}'],
    'SubmitJobRequest.containerOverrides.command: expected values of type string, got "sluice"',
  ],
  [
    'a number as text',
    ['--retry-strategy', '{"attempts":"5"}'],
    'SubmitJobRequest.retryStrategy.attempts: expected number, got "5"',
  ],
  [
    'a condition without an action',
    ['--retry-strategy', '{"evaluateOnExit":[{"onExitCode":"2"}]}'],
    'SubmitJobRequest.retryStrategy.evaluateOnExit[0]: expected action, got none',
  ],
])('%s is told', (_, words, message) => {
  expect(() => requestOf(SubmitJobRequest$, [...least, ...words])).toThrow(new Error(message))
})

test('a request without what it needs is told', () => {
  expect(() => requestOf(SubmitJobRequest$, least.slice(2))).toThrow(
    new Error('SubmitJobRequest: expected jobName, got none'),
  )
})
