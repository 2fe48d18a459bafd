/** What is measured as a command of its own: one of ours beside one that everybody has, both doing the same work. */

/** Two commands that answer one question. */
export interface CommandScenario {
  readonly name: string
  /** One line: what is asked, of how much. */
  readonly description: string
  /** About how long making the data takes, in seconds. */
  readonly prepareSeconds: number
  /**
   * Makes data in a folder.
   * @throws Error when the commands do not agree on the answer
   */
  readonly prepare: (folder: string) => Promise<Commands>
}

/** Two commands, ready to be run, and how much both read. */
export interface Commands {
  readonly bytes: number
  readonly ours: Command
  readonly peer: Command
}

/** A program and its arguments. */
export interface Command {
  readonly name: string
  readonly file: string
  readonly args: readonly string[]
}

/** What is measured from the start of a process until it does its work. */
export interface StartScenario {
  readonly name: string
  /** One line: what is started, and until when. */
  readonly description: string
  /** Makes what they need in a folder. The first is what the others are compared with. */
  readonly prepare: (folder: string) => Promise<readonly Starter[]>
}

/** Arguments of a Node that is started. */
export interface Starter {
  readonly name: string
  readonly args: readonly string[]
  /** It has started when standard error has this text; without, when it has ended. */
  readonly says: string | undefined
  /** Added to the environment. */
  readonly env: Readonly<Record<string, string>>
}
