import addTab from '@bomb.sh/tab/commander'
import { ShellCompDirective } from '@bomb.sh/tab'
import type { Command } from 'commander'

const { ShellCompDirectiveDefault: files, ShellCompDirectiveNoFileComp: noFiles } = ShellCompDirective

/** What the script for bash lacks: names of files, and a bash without the package bash-completion, as on macOS. */
const bashAddition = `
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi
complete -o default -F __sluice_complete sluice`

/** Adds `sluice complete SHELL`, which prints a script, and what that script calls at every TAB. */
export function addCompleteCommand(program: Command): void {
  const completions = addTab(program)
  // Where there is nothing to choose from, the word is the name of a file or folder; the library never says so.
  Object.defineProperty(completions, 'directive', {
    get: () => (completions.completions.length === 0 ? files : noFiles),
    set: () => {},
  })
  const command = program.commands.find((one) => one.name() === 'complete')
  command?.hook('postAction', ({ args }) => {
    if (args.length === 1 && args[0] === 'bash' && !process.argv.includes('--'))
      process.stdout.write(`${bashAddition}\n`)
  })
}
