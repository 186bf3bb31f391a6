import { readFileSync } from 'node:fs'
import { blameOf } from '@sluice/errors'
import { Command, CommanderError } from 'commander'
import { describeError, describeUsageError, ExitCode } from './exit-code.ts'
import { finishOutput, watchOutput } from './terminal/output.ts'
import { stoppedBy } from './terminal/cancel-on-signals.ts'
import { addRunCommand } from './commands/run.command.ts'
import { addPlanCommand } from './commands/plan.command.ts'
import { addWorkCommand } from './commands/work.command.ts'
import { addCommitCommand } from './commands/commit.command.ts'
import { addEstimateCommand } from './commands/estimate.command.ts'
import { addInspectCommand } from './commands/inspect.command.ts'
import { addVerifyCommand } from './commands/verify.command.ts'
import { addRepairCommand } from './commands/repair.command.ts'
import { addExportCommand } from './commands/export.command.ts'
import { addTokenizeCommand } from './commands/tokenize.command.ts'
import { addEnqueueCommand } from './commands/enqueue.command.ts'
import { addQueueCommands } from './commands/queue.command.ts'
import { addWorkerCommand } from './commands/worker.command.ts'
import { addDemoCommand } from './commands/demo.command.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const program = new Command('sluice')
  .description(
    'Turns text into Arrow tables of LLM input embeddings: text → token ids → windows → embeddings → Arrow.',
  )
  .version(version)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(`${describeUsageError(text)}\n`) })
  .showSuggestionAfterError()
const commands: Readonly<Record<string, (program: Command) => void>> = {
  run: addRunCommand,
  estimate: addEstimateCommand,
  inspect: addInspectCommand,
  verify: addVerifyCommand,
  repair: addRepairCommand,
  export: addExportCommand,
  tokenize: addTokenizeCommand,
  plan: addPlanCommand,
  work: addWorkCommand,
  commit: addCommitCommand,
  enqueue: addEnqueueCommand,
  jobs: addQueueCommands,
  status: addQueueCommands,
  watch: addQueueCommands,
  cancel: addQueueCommands,
  retry: addQueueCommands,
  worker: addWorkerCommand,
  demo: addDemoCommand,
}
// Making the options of every command takes a while, so where a command is named, only its own are made.
const named = process.argv[2] ?? ''
const needed = Object.hasOwn(commands, named) ? [commands[named]!] : new Set(Object.values(commands))
for (const add of needed) add(program)
program.addHelpText(
  'after',
  `
Examples:
  sluice run book.txt --out book.sluice
  sluice inspect book.sluice
  sluice demo`,
)

watchOutput()
if (process.argv[2] === 'complete') {
  const { addCompleteCommand } = await import('./commands/complete.command.ts')
  addCompleteCommand(program)
}

let failure: unknown
try {
  await program.parseAsync()
} catch (error) {
  // commander has printed its own errors, and help is no error.
  if (!(error instanceof CommanderError)) failure = error
  else if (error.exitCode !== 0) process.exitCode = ExitCode.badInput
}
try {
  await finishOutput(failure === undefined)
} catch (error) {
  // A command that was stopped because its output broke says why.
  if (failure === undefined || blameOf(failure) === 'caller') failure = error
}
if (failure !== undefined) {
  const { line, exitCode } = describeError(failure)
  process.stderr.write(`${line}\n`)
  process.exitCode =
    exitCode === ExitCode.interrupted && stoppedBy() === 'SIGTERM' ? ExitCode.terminated : exitCode
}
