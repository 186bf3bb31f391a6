import { existsSync, readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'

/** Where vitest's JSON reporter writes, relative to the root. */
export const testResultsFile = '.vitest/results.json'

interface TestResults {
  readonly testResults: readonly {
    readonly name: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** Forgets an earlier run's results, so that they are not taken for this one's. */
export function forgetTestResults(): void {
  rmSync(testResultsFile, { force: true })
}

/**
 * The failed tests of the last run, a block each: file, title and the first lines of what was thrown. Empty where no run left
 * results. They are said again after all checks, because the log of a CI run is often kept only in its last part.
 */
export function failedTests(): string[] {
  if (!existsSync(testResultsFile)) return []
  const { testResults } = JSON.parse(readFileSync(testResultsFile, 'utf8')) as TestResults
  return testResults.flatMap((file) => {
    const name = relative(process.cwd(), file.name)
    const failed = file.assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0 && file.message) return [`  ${name}\n${firstLines(file.message)}`]
    return failed.map(
      (test) => `  ${name}: ${test.fullName}\n${firstLines(test.failureMessages?.join('\n') ?? '')}`,
    )
  })
}

/** The tests of the last run that were left out, a line each: file and title. */
export function leftOutTests(): string[] {
  if (!existsSync(testResultsFile)) return []
  const { testResults } = JSON.parse(readFileSync(testResultsFile, 'utf8')) as TestResults
  return testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map((test) => `– left out: ${relative(process.cwd(), file.name)}: ${test.fullName}`),
  )
}

function firstLines(message: string): string {
  const lines = message.split('\n').slice(0, 20)
  return lines.map((line) => `    ${line.slice(0, 300)}`).join('\n')
}
