import type { Plugin } from 'rolldown'

const imported = "import childProcess from 'node:child_process'"

/**
 * commander loads `node:child_process` for commands that are files of their own, which these programs have none of: loading it
 * when it is used takes a tenth off the time of `--help`.
 */
export function lazyChildProcess(): Plugin {
  return {
    name: 'lazy-child-process',
    transform(code, id) {
      if (!/[\\/]commander[\\/]lib[\\/]command\.js$/.test(id)) return null
      if (!code.includes(imported))
        throw new Error(`${id}: expected \`${imported}\`; is this plugin still needed?`)
      const lazy =
        "const childProcess = { get spawn() { return process.getBuiltinModule('node:child_process').spawn } }"
      return { code: code.replace(imported, lazy), map: null }
    },
  }
}
