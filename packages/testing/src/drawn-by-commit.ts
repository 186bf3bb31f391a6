import { spawnSync } from 'node:child_process'
import { repositoryRoot } from './repository.ts'

/** Whether tests that otherwise draw some of a large matrix are to make all of it. */
export const allTestsAreMade: boolean = process.env['SLUICE_TESTS_FULL'] === 'true'

/**
 * The number by which tests draw what there is no time to make all of: the beginning of the commit's hash. Whoever tests the same
 * commit draws the same, and the next commit something else. 0 where there is no commit.
 */
export function lotOfCommit(): number {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
  return status === 0 ? Number.parseInt(stdout.slice(0, 8), 16) : 0
}

/** Of so many drawn rounds those that are made: every second one, the commit's hash says which half, or all. */
export function roundsOfCommit(count: number): readonly number[] {
  const lot = lotOfCommit()
  return Array.from({ length: count }, (_, round) => round).filter(
    (round) => allTestsAreMade || (round + lot) % 2 === 0,
  )
}
