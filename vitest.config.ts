import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Many tests wait for processes and locks: two at a time, also on two cores.
  test: { projects: ['packages/*', 'apps/*'], maxWorkers: 2 },
})
