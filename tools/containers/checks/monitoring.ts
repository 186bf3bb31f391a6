import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Check } from '../check.ts'
import { until } from '@sluice/testing'
import { DisturbedRun } from '../stack/disturbed-run.ts'

interface Dashboard {
  readonly panels: readonly {
    readonly title: string
    readonly targets: readonly { readonly expr: string }[]
  }[]
}

/** What Prometheus' API answers. */
interface Answer<T> {
  readonly status: string
  readonly error?: string
  readonly data: T
}

interface Result {
  readonly result: readonly { readonly value: readonly [number, string] }[]
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly name: string; readonly health: string }[]
  }[]
}

export const monitoring: Check = {
  name: "a real Prometheus scrapes every worker, answers each of the dashboard's queries, and evaluates the alert rules",
  async run(bench) {
    await using run = await DisturbedRun.prepare(bench, { name: 'monitoring', copies: 60, workers: 2 })
    const { stack } = run
    await stack.compose(
      '--profile',
      'monitoring',
      'up',
      '--detach',
      '--no-build',
      '--wait',
      '--no-deps',
      'prometheus',
    )
    const prometheus = `http://${await (await stack.container('prometheus')).address()}:9090/api/v1`
    const ask = async <T>(path: string): Promise<T> => {
      const { status, error, data } = (await (await fetch(prometheus + path)).json()) as Answer<T>
      if (status !== 'success') throw new Error(`Prometheus refuses ${path}: ${error ?? status}`)
      return data
    }
    const query = async (expr: string): Promise<Result['result']> =>
      (await ask<Result>(`/query?query=${encodeURIComponent(expr)}`)).result
    await until(
      async () => (await query('sum(up{job="sluice"})'))[0]?.value[1] === '2',
      40_000,
      () => 'Prometheus to scrape both workers',
    )
    await run.submit()
    await run.assertSameDataset()
    const path = join(bench.project, 'deploy/grafana/dashboards/sluice.json')
    const { panels } = JSON.parse(await readFile(path, 'utf8')) as Dashboard
    const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })))
    for (const { title, expr } of queries) {
      const concrete = expr.replaceAll('$__rate_interval', '1m').replaceAll('$__range', '10m')
      await until(
        async () => (await query(concrete)).length > 0,
        30_000,
        () => `an answer to the panel \`${title}\`: ${concrete}`,
      )
    }
    const [tokens] = await query('sum(sluice_tokens_total{phase="embed"})')
    if (Number(tokens?.value[1]) < 1000)
      throw new Error(`Expected Prometheus to count tokens, got ${tokens?.value[1]}`)
    const rules = (await ask<Rules>('/rules')).groups.flatMap((group) => group.rules)
    const ill = rules.filter(({ health }) => health !== 'ok' && health !== 'unknown')
    if (rules.length < 4 || ill.length > 0)
      throw new Error(`Expected rules that evaluate, got ${JSON.stringify(rules)}`)
    bench.note(`${queries.length} queries of ${panels.length} panels, ${rules.length} alert rules`)
  },
}
