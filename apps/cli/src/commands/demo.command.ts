import type { Command } from 'commander'
import type { DemoFlags } from './demo.ts'

export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .summary("a walk through the book's chapter, then the real thing")
    .description(
      'Reproduces the token-embedding chapter of "Build a Large Language Model (From Scratch)" step by step, then runs the whole pipeline on the example text.',
    )
    .option('-o, --out <dir>', 'where the dataset goes (default: sluice-demo, replaced each time)')
    .action(async (flags: DemoFlags) => {
      const { demo } = await import('./demo.ts')
      await demo(flags)
    })
}
