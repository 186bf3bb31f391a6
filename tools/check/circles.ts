import { dirname, join, relative, sep } from 'node:path'

/** A file imports another file, both relative to one folder. */
export interface Arrow {
  readonly from: string
  readonly to: string
}

/** Files and folders of one folder that import each other around. */
export interface Circle {
  /** The folder that holds them. */
  readonly folder: string
  readonly members: readonly string[]
  /** The imports between them. */
  readonly arrows: readonly Arrow[]
}

/**
 * The circles at every level: between the files and folders that lie side by side in one folder, where a folder stands for
 * all that is in it.
 */
export function circlesOf(arrows: readonly Arrow[]): Circle[] {
  const levels = new Map<
    string,
    { readonly child: string; readonly other: string; readonly arrow: Arrow }[]
  >()
  for (const arrow of arrows) {
    const folder = commonFolder(arrow)
    const [child, other] = [arrow.from, arrow.to].map((file) => relative(folder, file).split(sep)[0]!)
    const level = levels.get(folder) ?? []
    levels.set(folder, level)
    if (child !== undefined && other !== undefined && child !== other) level.push({ child, other, arrow })
  }
  return [...levels].flatMap(([folder, level]) => {
    const next = Map.groupBy(level, ({ child }) => child)
    const reachable = (start: string): Set<string> => {
      const seen = new Set<string>()
      const open = [start]
      for (let child = open.pop(); child !== undefined; child = open.pop()) {
        for (const { other } of next.get(child) ?? []) {
          if (seen.has(other)) continue
          seen.add(other)
          open.push(other)
        }
      }
      return seen
    }
    const reach = new Map([...next.keys()].map((child) => [child, reachable(child)]))
    const inCircles = [...reach].filter(([child, seen]) => seen.has(child)).map(([child]) => child)
    // Two children are in the same circle when each reaches the other.
    const grouped = Map.groupBy(inCircles, (child) =>
      inCircles
        .filter((other) => reach.get(child)!.has(other) && reach.get(other)!.has(child))
        .toSorted()
        .join(' '),
    )
    return [...grouped.values()].map((members) => ({
      folder,
      members: members.toSorted(),
      arrows: level
        .filter(({ child, other }) => members.includes(child) && members.includes(other))
        .map(({ arrow }) => arrow),
    }))
  })
}

function commonFolder({ from, to }: Arrow): string {
  let folder = dirname(from)
  while (relative(folder, to).startsWith('..')) folder = join(folder, '..')
  return folder
}
