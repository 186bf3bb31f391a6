const outcome = { passed: 0, failed: 0, skipped: 0 }

/** Carries a check out and prints how it went. */
export async function check(title: string, carryOut: () => void | Promise<void>): Promise<void> {
  const started = performance.now()
  try {
    await carryOut()
    outcome.passed += 1
    console.log(`✓ ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  } catch (error) {
    outcome.failed += 1
    console.error(`✗ ${title}\n${(error as Error).message.replaceAll(/^/gm, '    ')}`)
  }
}

/** Says what this machine has not got to check something with; under CI=true that is a failure. */
export function leaveOut(title: string, why: string): void {
  if (process.env['CI'] === 'true') {
    outcome.failed += 1
    console.error(`✗ ${title}: ${why}`)
    return
  }
  outcome.skipped += 1
  console.log(`– ${title}: left out, ${why}`)
}

/** Prints the sums; returns the exit code. */
export function finish(): number {
  const { passed, failed, skipped } = outcome
  console.log(`packages: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} left out` : ''}`)
  return failed === 0 ? 0 : 1
}
