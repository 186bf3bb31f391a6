import { defineConfig } from 'vitest/config'

export default defineConfig({
  // As many files at a time as the machine has cores: by itself Vitest leaves one core free, which is half of a small machine.
  test: { projects: ['packages/*', 'apps/*'], maxWorkers: '100%' },
})
