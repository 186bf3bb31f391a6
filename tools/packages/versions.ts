/** The Node releases that packages are tried on, from npm's package `node`. */
export const nodeVersions = { refused: '20.20.2', libraries: '22.23.3', programs: '24.21.0' } as const
