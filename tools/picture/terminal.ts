/** How characters look. */
export interface Look {
  readonly bold: boolean
  readonly dim: boolean
  /** A colour of the terminal's eight; undefined for its usual one. */
  readonly colour: number | undefined
}

/** Characters of one look that follow each other. */
export interface Stretch extends Look {
  readonly text: string
}

interface Cell extends Look {
  readonly character: string
}

/** A command of the terminal, or a character. */
const commands = new RegExp(String.raw`\x1b\[([\d;?]*)([A-Za-z])|[^]`, 'gu')

const usual: Look = { bold: false, dim: false, colour: undefined }

/** The lines of a terminal, as far as progress bars and coloured text need them: no line is longer than the window. */
export class Terminal {
  readonly #lines: Cell[][] = [[]]
  #row = 0
  #column = 0
  #look = usual

  /** Writes what a program printed. */
  write(output: string): void {
    for (const [step, parameters, command] of output.matchAll(commands)) {
      if (command === undefined) this.#put(step)
      else this.#obey(command, parameters ?? '')
    }
  }

  /** What stands in each line. */
  lines(): Stretch[][] {
    return this.#lines.map((cells) => {
      const stretches: Stretch[] = []
      for (const { character, ...look } of cells) {
        const last = stretches.at(-1)
        if (last !== undefined && sameLook(last, look))
          stretches[stretches.length - 1] = { ...last, text: last.text + character }
        else stretches.push({ ...look, text: character })
      }
      return stretches
    })
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0
    else if (character === '\n') this.#goTo(this.#row + 1)
    else {
      const line = this.#lines[this.#row]!
      while (line.length < this.#column) line.push({ ...usual, character: ' ' })
      line[this.#column++] = { ...this.#look, character }
    }
  }

  #obey(command: string, parameters: string): void {
    const [first = 0] = parameters.split(';').map(Number)
    if (command === 'A') this.#goTo(Math.max(0, this.#row - Math.max(1, first)))
    else if (command === 'G') this.#column = Math.max(1, first) - 1
    else if (command === 'K')
      this.#lines[this.#row]!.length =
        first === 2 ? 0 : Math.min(this.#column, this.#lines[this.#row]!.length)
    else if (command === 'm')
      for (const code of parameters.split(';')) this.#look = afterCode(this.#look, Number(code))
    else if (!parameters.startsWith('?'))
      throw new Error(`Expected a command that this terminal knows, got ESC[${parameters}${command}`)
  }

  #goTo(row: number): void {
    while (this.#lines.length <= row) this.#lines.push([])
    this.#row = row
  }
}

function afterCode(look: Look, code: number): Look {
  if (code === 0) return usual
  if (code === 1) return { ...look, bold: true }
  if (code === 2) return { ...look, dim: true }
  if (code === 22) return { ...look, bold: false, dim: false }
  if (code === 39) return { ...look, colour: undefined }
  if (code >= 30 && code < 38) return { ...look, colour: code - 30 }
  throw new Error(`Expected a look that this terminal knows, got ${code}`)
}

function sameLook(one: Look, other: Look): boolean {
  return one.bold === other.bold && one.dim === other.dim && one.colour === other.colour
}
