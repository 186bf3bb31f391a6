import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Projects whose tests wait for locks to run out: they begin first, and the others have the processors meanwhile. */
const waiting: readonly string[] = ['worker', 'queue']

class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const waits = ({ project }: TestSpecification): number => Number(waiting.includes(project.name))
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of this name
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => waits(b) - waits(a))
  }
}

export default defineConfig({
  test: { projects: ['packages/*', 'apps/*'], sequence: { sequencer: WaitingFirst } },
})
