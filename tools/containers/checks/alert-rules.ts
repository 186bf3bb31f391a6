import { join } from 'node:path'
import type { Check } from '../check.ts'
import { run } from '../engine/command.ts'

export const alertRules: Check = {
  name: "promtool accepts Prometheus' configuration, and the unit tests of the alert rules pass",
  async run({ project }) {
    const folder = join(project, 'deploy/prometheus')
    await run(['promtool', 'check', 'config', join(folder, 'prometheus.yml')])
    await run(['promtool', 'test', 'rules', join(folder, 'alerts.test.yml')])
  },
}
