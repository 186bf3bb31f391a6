import type { Command } from 'commander'
import type { RepairFlags } from './repair.ts'

export function addRepairCommand(program: Command): void {
  program
    .command('repair')
    .summary('rebuild a lost or damaged manifest or receipt, remove what does not belong')
    .description(
      'Rebuilds the manifest from the receipts, and receipts from the manifest, after every part was hashed; removes files that do not belong.',
    )
    .argument('<dir>', 'folder of the dataset')
    .option('-n, --dry-run', 'say what would be done, and do nothing', false)
    .option(
      '--reopen',
      'withdraw damaged parts and the manifest, so that the same run makes them again',
      false,
    )
    .action(async (dir: string, flags: RepairFlags) => {
      const { repair } = await import('./repair.ts')
      await repair(dir, flags)
    })
}
