// The same by require(), which Node gives modules for since 22.12.
const { dependencies } = require(`${process.cwd()}/package.json`)
for (const name of Object.keys(dependencies).filter((candidate) => candidate.startsWith('@sluice/'))) {
  if (require(`${name}/package.json`).exports['.'] === undefined) continue
  if (Object.keys(require(name)).length === 0) throw new Error(`${name} exports nothing`)
}
