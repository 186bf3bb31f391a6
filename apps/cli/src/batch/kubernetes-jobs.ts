import { isAbsolute, join } from 'node:path/posix'
import type { BatchRun } from './batch-run.ts'

/** Processors that a pod asks for. A container sees all of its node's, and would start a thread for each. */
const processors = 2

/** Attempts of one index after the first. */
const retries = 4

/**
 * Two indexed jobs and one for the commit. A cluster knows no order between jobs: a stage that comes too early ends with exit code 3.
 */
export function kubernetesJobs({ out, planId, shards }: BatchRun): string {
  const id = planId.slice(0, 8)
  const folder = isAbsolute(out) ? out : join('/data', out)
  const work = (stage: 'tokens' | 'parts'): readonly string[] => [
    ...['sluice', 'work', folder, '--stage', stage, '--shard', `env/${shards[stage]}`],
    ...['--threads', String(processors)],
  ]
  const jobs = [
    jobOf({ id, stage: 'tokens', completions: shards.tokens, command: work('tokens') }),
    jobOf({ id, stage: 'parts', completions: shards.parts, command: work('parts') }),
    jobOf({ id, stage: 'commit', completions: 1, command: ['sluice', 'commit', folder] }),
  ]
  return `# Run ${planId.slice(0, 12)} on Kubernetes, with this as jobs.yaml; the claim sluice-data (ReadWriteMany: all pods mount it)
# holds the corpus and ${folder}.
#
#   for stage in tokens parts commit; do
#     kubectl apply -f jobs.yaml -l sluice/run=${id},sluice/stage=$stage
#     kubectl wait --for=condition=Complete job -l sluice/run=${id},sluice/stage=$stage --timeout=-1s
#   done
#
# A stage that failed never completes: \`kubectl get jobs -l sluice/run=${id}\` shows it, and \`kubectl logs\` of its pods why.
# The count of a stage stands in \`completions\` and in its command. An index that failed for good: delete its job, apply it again.
${jobs.join('---\n')}`
}

interface StageJob {
  readonly id: string
  readonly stage: 'tokens' | 'parts' | 'commit'
  readonly completions: number
  readonly command: readonly string[]
}

function jobOf({ id, stage, completions, command }: StageJob): string {
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: sluice-${stage}-${id}
  labels: { app.kubernetes.io/part-of: sluice, sluice/run: ${JSON.stringify(id)}, sluice/stage: ${stage} }
spec:
  completionMode: Indexed
  completions: ${completions}
  parallelism: ${completions}
  # The cluster is the one layer that tries again, index by index.
  backoffLimitPerIndex: ${retries}
  maxFailedIndexes: ${Math.max(0, completions - 1)}
  podFailurePolicy:
    rules:
      # A node that is drained is nobody's failure.
      - action: Ignore
        onPodConditions: [{ type: DisruptionTarget, status: 'True' }]
      # The input changed, or the plan cannot be used: another attempt would not help.
      - action: FailIndex
        onExitCodes: { containerName: work, operator: In, values: [2] }
  template:
    metadata:
      labels: { app.kubernetes.io/part-of: sluice, sluice/run: ${JSON.stringify(id)}, sluice/stage: ${stage} }
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 60
      securityContext:
        runAsUser: 1000
        runAsGroup: 1000
        runAsNonRoot: true
        fsGroup: 1000
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile: { type: RuntimeDefault }
      containers:
        - name: work
          image: sluice-worker:0.1.0
          workingDir: /data
          command: ${JSON.stringify(command)}
          resources:
            requests: { cpu: '${processors}', memory: 1Gi }
            limits: { memory: 4Gi }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
          volumeMounts:
            - { name: data, mountPath: /data }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - name: data
          persistentVolumeClaim: { claimName: sluice-data }
        - { name: tmp, emptyDir: { sizeLimit: 1Gi } }
`
}
