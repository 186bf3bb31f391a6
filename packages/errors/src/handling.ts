/**
 * Whose fault an error is. It decides the exit code of a program and whether a run keeps its folder:
 *
 * - `input`: the corpus, an option or a dataset cannot be used as given. The same call fails again.
 * - `machine`: the disk, the network, a process, or what an earlier attempt left. The same call may succeed later.
 * - `caller`: the calling program stopped the work, or used an object after closing it.
 */
export type Blame = 'input' | 'machine' | 'caller'

/** The exit code of a program that ends with an error of this blame; 130 is what a shell gives for Ctrl-C. */
export const exitCodeOfBlame = { input: 2, machine: 1, caller: 130 } as const satisfies Readonly<
  Record<Blame, number>
>

/**
 * Whether another attempt at the same task can help: `soon` after a short wait, `later` once somebody has made room, or
 * `never`.
 */
export type Retry = 'soon' | 'later' | 'never'

/** How errors of one code are handled. */
export interface Handling {
  readonly blame: Blame
  /** @default 'soon' for the machine's faults, 'never' for all others */
  readonly retry?: Retry
  /** The error concerns one task only: a run may leave that task out and finish the others. @default false */
  readonly isolated?: boolean
}

/** The table of a package's error codes: each code has its handling, so a code without blame does not compile. */
export type ErrorCodes<Code extends string = string> = Readonly<Record<Code, Blame | Handling>>

/** {@link Handling} with its defaults applied. */
export type ResolvedHandling = Required<Handling>

/** Applies the defaults of {@link Handling}. */
export function resolveHandling(given: Blame | Handling): ResolvedHandling {
  const { blame, retry, isolated = false } = typeof given === 'string' ? { blame: given } : given
  return { blame, retry: retry ?? (blame === 'machine' ? 'soon' : 'never'), isolated }
}
