import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { describeError, ExitCode } from './exit-code.ts'
import { addRunCommand } from './commands/run.command.ts'
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
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'sluice: ')) })
  .showSuggestionAfterError()
addRunCommand(program)
addEstimateCommand(program)
addInspectCommand(program)
addVerifyCommand(program)
addRepairCommand(program)
addExportCommand(program)
addTokenizeCommand(program)
addEnqueueCommand(program)
addQueueCommands(program)
addWorkerCommand(program)
addDemoCommand(program)
program.addHelpText(
  'after',
  `
Examples:
  sluice run book.txt --out book.sluice
  sluice inspect book.sluice
  sluice demo`,
)

// A reader that has seen enough (`sluice inspect … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(ExitCode.done)
  throw error
})

if (process.argv[2] === 'complete') {
  const { addCompleteCommand } = await import('./commands/complete.command.ts')
  addCompleteCommand(program)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.badInput
  } else {
    const { line, exitCode } = describeError(error)
    console.error(line)
    process.exitCode = exitCode
  }
}
