import type { BatchRun } from './batch-run.ts'
import { shellQuote } from './shell-quote.ts'

/** Attempts of each child job: AWS Batch takes 1 to 10. */
const attempts = 5

/** Two array jobs and the commit, each waiting for the one before, as calls of the AWS command line. */
export function awsScript({ out, planId, shards }: BatchRun): string {
  const { tokens, parts } = shards
  return `#!/bin/bash
# Submits run ${planId.slice(0, 12)} to AWS Batch: JOB_QUEUE=… JOB_DEFINITION=… bash THIS-FILE
# The job definition's image has \`sluice\`, and mounts the folder with the corpus and the run as its working folder.
# A job takes as many threads as its definition gives it vCPUs, where a container would see all of its machine's; VCPUS=4 says it in
# place of the definition. Whatever fails is tried again, but for exit code 2, after which another attempt would end in the same way.
set -euo pipefail

: "\${JOB_QUEUE:?the queue to submit to}" "\${JOB_DEFINITION:?the definition of the jobs}"
dir=${shellQuote(out)}

vcpus() { # those of the job definition: a name, NAME:REVISION or an ARN
  local definition=(--job-definition-name "$JOB_DEFINITION" --status ACTIVE)
  case $JOB_DEFINITION in *:*) definition=(--job-definitions "$JOB_DEFINITION") ;; esac
  aws batch describe-job-definitions "\${definition[@]}" --output text --query \
    "max_by(jobDefinitions, &revision).containerProperties.[resourceRequirements[?type=='VCPU'].value | [0], vcpus] | [?@ != null] | [0]"
}
threads=\${VCPUS:-$(vcpus)}
case $threads in
  0.*) threads=1 ;; # Fargate has quarters and halves.
  '' | *[!0-9]*)
    echo "Expected the number of vCPUs of $JOB_DEFINITION, got '$threads'; say it: VCPUS=2 bash THIS-FILE" >&2
    exit 2
    ;;
esac

submit() { # NAME, job id to wait for, COUNT of the array (0: no array), command as words
  local options=(--job-name "sluice-$1-${planId.slice(0, 8)}" --job-queue "$JOB_QUEUE" --job-definition "$JOB_DEFINITION")
  options+=(--retry-strategy '{"attempts":${attempts},"evaluateOnExit":[{"onExitCode":"2","action":"EXIT"},{"onReason":"*","action":"RETRY"}]}')
  if [ -n "$2" ]; then options+=(--depends-on "jobId=$2"); fi
  local environment=''
  # An array has two jobs at least.
  if [ "$3" -gt 1 ]; then options+=(--array-properties "size=$3"); else environment='"environment":[{"name":"SLUICE_SHARD","value":"0"}],'; fi
  local words='' word
  for word in "\${@:4}"; do
    word=\${word//\\\\/\\\\\\\\}
    words+=",\\"\${word//\\"/\\\\\\"}\\""
  done
  aws batch submit-job "\${options[@]}" --container-overrides "{$environment\\"command\\":[\${words:1}]}" --query jobId --output text
}

job=$(submit tokens "" ${tokens} sluice work "$dir" --stage tokens --shard env/${tokens} --threads "$threads")
echo "tokens: job $job"
job=$(submit parts "$job" ${parts} sluice work "$dir" --stage parts --shard env/${parts} --threads "$threads")
echo "parts: job $job"
job=$(submit commit "$job" 0 sluice commit "$dir")
echo "commit: job $job"
`
}
