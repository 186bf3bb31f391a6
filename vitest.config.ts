import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'apps/*'],
    // Vitest leaves one core free for watching. Much of these tests' time is other processes', which are waited for.
    maxWorkers: '100%',
  },
})
