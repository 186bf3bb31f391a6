import {
  blameOf,
  isSluiceError,
  option,
  packError,
  retryOf,
  sentence,
  SluiceError,
  unpackError,
} from '@sluice/errors'
import type { ErrorCodes, ErrorFacts, Sentence } from '@sluice/errors'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

const codes = {
  'bad-line': 'input',
  'broken-disk': 'machine',
  'no-space': { blame: 'machine', retry: 'later' },
  stopped: 'caller',
} as const satisfies ErrorCodes

class LineError extends SluiceError<keyof typeof codes> {
  override readonly name = 'LineError'
  readonly position: number

  constructor(
    code: keyof typeof codes,
    message: string | Sentence,
    facts: ErrorFacts & { readonly position: number },
  ) {
    super(code, codes[code], message, facts)
    this.position = facts.position
  }
}

const bad = (): LineError =>
  new LineError('bad-line', sentence`Expected ${option('textField')} in line ${7}, found none`, {
    position: 12,
    hint: { option: 'onError', value: 'skip', effect: 'leaves the line out' },
    cause: new TypeError('not an object', { cause: new RangeError('deep') }),
  })

test('a message names options as fields, and a program may name them as flags', () => {
  expect(bad().message).toBe(
    'Expected `textField` in line 7, found none; `onError: skip` leaves the line out',
  )
  const asFlag = ({
    option: name,
    value = '',
  }: {
    readonly option: string
    readonly value?: string
  }): string => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${value}`.trim()
  expect(bad().render(asFlag)).toBe(
    'Expected --text-field in line 7, found none; --on-error skip leaves the line out',
  )
})

test('the code decides blame and retry', () => {
  const of = (code: keyof typeof codes): LineError => new LineError(code, 'x', { position: 0 })
  expect(Object.keys(codes).map((code) => blameOf(of(code as keyof typeof codes)))).toEqual([
    'input',
    'machine',
    'machine',
    'caller',
  ])
  expect(Object.keys(codes).map((code) => retryOf(of(code as keyof typeof codes)))).toEqual([
    'never',
    'soon',
    'later',
    'never',
  ])
})

test('an unexpected error is blamed on the machine and retried, an abort is blamed on the caller', () => {
  expect([blameOf(new Error('x')), retryOf(new Error('x'))]).toEqual(['machine', 'soon'])
  const abort = AbortSignal.abort().reason as unknown
  expect([blameOf(abort), retryOf(abort)]).toEqual(['caller', 'never'])
})

test('code, blame, hint, facts and causes cross a real thread', async () => {
  const worker = new Worker(
    'require("worker_threads").parentPort.once("message", function (m) { this.postMessage(m) })',
    {
      eval: true,
    },
  )
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof packError>>()
  worker.once('message', resolve)
  worker.postMessage(packError(bad()))
  const back = unpackError(JSON.parse(JSON.stringify(await promise)) as ReturnType<typeof packError>)
  await worker.terminate()
  expect(isSluiceError(back)).toBe(true)
  expect(back).toMatchObject({
    name: 'LineError',
    code: 'bad-line',
    blame: 'input',
    retry: 'never',
    position: 12,
  })
  expect(back.message).toBe(bad().message)
  expect(isSluiceError(back) && back.hint).toEqual(bad().hint)
  expect(back.cause).toMatchObject({ name: 'TypeError', message: 'not an object' })
  expect((back.cause as Error).cause).toMatchObject({ name: 'RangeError', message: 'deep' })
})

test('an endless chain of causes is cut', () => {
  const endless = new Error('a')
  endless.cause = endless
  let depth = 0
  for (let at = packError(endless).cause; at !== undefined; at = at.cause) depth++
  expect(depth).toBe(4)
})

test('a system error keeps its errno', () => {
  const failed = Object.assign(new Error('no entry'), { code: 'ENOENT', errno: -2 })
  expect(unpackError(packError(failed))).toMatchObject({ code: 'ENOENT', errno: -2 })
})
