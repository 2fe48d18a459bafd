/** How often addresses of services changed, from the history of repositories. */
import { spawn } from 'node:child_process'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { addressIn, isSame } from './addresses.ts'
import { serviceOfPath } from './walk.ts'

/** One address that became another in one file of one commit. */
export interface Move {
  readonly repository: string
  /** The caller that had to change. */
  readonly caller: string
  readonly from: string
  readonly to: string
  readonly file: string
  readonly commit: string
  /** `2026-11`. */
  readonly month: string
}

/** What the histories say. */
export interface HistoryReport {
  readonly commits: number
  /** Months from the first to the last commit that was read, at least 1. */
  readonly months: number
  readonly moves: readonly Move[]
  /** Folders of services that got another name: `orders → order-service`. */
  readonly renames: readonly string[]
  /** Whether time ran out. */
  readonly isCut: boolean
  /** Repositories without a history. */
  readonly without: readonly string[]
}

/** Configuration and source in which addresses stand. */
const FILES = [
  '*.env',
  '*.env.*',
  '.env*',
  '*.yaml',
  '*.yml',
  '*.json',
  '*.toml',
  '*.properties',
  '*.conf',
  '*.ini',
  '*.tf',
  '*.tfvars',
  '*.js',
  '*.ts',
  '*.mjs',
  '*.cjs',
  '*.mts',
  '*.tsx',
  '*.jsx',
  '*.go',
  '*.py',
  '*.java',
  '*.kt',
  '*.cs',
  '*.rb',
  '*.php',
  '*.rs',
  '*.xml',
  'Dockerfile*',
]
const NOT = [
  '*lock.json',
  '*-lock.yaml',
  '*.lock',
  '*node_modules*',
  '*vendor/*',
  '*dist/*',
  '*test/*',
  '*tests/*',
  '*__tests__*',
  '*.test.*',
  '*.spec.*',
  '*_test.go',
  '*fixtures*',
  '*CHANGELOG*',
  '*.min.js',
  '*docs/*',
]

/** How far and how long histories are read. */
export interface HistoryLimits {
  /** As `git log --since` takes it. */
  readonly since: string
  /** `performance.now()` from which on nothing more is read. */
  readonly deadline: number
  /** Folders with manifests by repository, which tell whose file is whose. */
  readonly folders?: ReadonlyMap<string, ReadonlySet<string>> | undefined
  readonly onCommit?: ((count: number) => void) | undefined
}

/** Reads the histories, none longer than until the deadline. */
export async function readHistory(
  repositories: readonly string[],
  limits: HistoryLimits,
): Promise<HistoryReport> {
  const state = {
    commits: 0,
    first: Number.POSITIVE_INFINITY,
    last: Number.NEGATIVE_INFINITY,
    moves: [] as Move[],
    renames: new Set<string>(),
    isCut: false,
  }
  const without: string[] = []
  for (const root of repositories) {
    const code = await readOne(root, state, limits)
    if (code !== 0) without.push(basename(root))
  }
  const months = state.commits === 0 ? 1 : Math.max(1, (state.last - state.first) / (30.44 * 86_400))
  return {
    commits: state.commits,
    months,
    moves: state.moves,
    renames: [...state.renames],
    isCut: state.isCut,
    without,
  }
}

interface State {
  commits: number
  first: number
  last: number
  readonly moves: Move[]
  readonly renames: Set<string>
  isCut: boolean
}

async function readOne(
  root: string,
  state: State,
  { since, deadline, folders, onCommit }: HistoryLimits,
): Promise<number> {
  const args = [
    '-C',
    root,
    '-c',
    'core.quotePath=false',
    'log',
    '--no-merges',
    '--no-color',
    '--no-ext-diff',
    '--no-textconv',
    '--no-show-signature',
    '-p',
    '--unified=0',
    '-M',
    `--since=${since}`,
    '--format=%x01%H %ct',
    '--',
    ...FILES.map((glob) => `:(glob)**/${glob}`),
    ...NOT.map((glob) => `:(exclude)${glob}`),
  ]
  // A hook or a helper of the repository's configuration must not run because somebody looks at its history.
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_PAGER: 'cat' }
  const child = spawn('git', args, { stdio: ['ignore', 'pipe', 'ignore'], env })
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code) => resolve(code ?? 0))
    child.on('error', () => resolve(127))
  })
  const reader = new PatchReader(basename(root), state, folders?.get(root))
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      reader.line(line)
      if (line.startsWith('\u0001')) onCommit?.(state.commits)
      if (performance.now() > deadline) {
        state.isCut = true
        break
      }
    }
  } finally {
    child.kill()
  }
  reader.end()
  const code = await ended
  return state.isCut ? 0 : code
}

/** What removed and added lines of one file in one commit say. */
class PatchReader {
  readonly #repository: string
  readonly #state: State
  readonly #folders: ReadonlySet<string>
  #commit = ''
  #month = ''
  #file = ''
  #renamedFrom = ''
  #isHead = true
  #removed: Address[] = []
  #added: Address[] = []

  constructor(repository: string, state: State, folders: ReadonlySet<string> = new Set()) {
    this.#repository = repository
    this.#state = state
    this.#folders = folders
  }

  line(line: string): void {
    if (line.startsWith('\u0001')) this.#begin(line)
    else if (line.startsWith('diff --git ')) {
      this.#endFile()
      this.#isHead = true
      this.#file = / b\/(.*)$/.exec(line)?.[1] ?? ''
    } else if (line.startsWith('@@')) this.#isHead = false
    else if (this.#isHead) this.#head(line)
    else if (line.startsWith('-')) this.#collect(this.#removed, line.slice(1))
    else if (line.startsWith('+')) this.#collect(this.#added, line.slice(1))
  }

  end(): void {
    this.#endFile()
  }

  #begin(line: string): void {
    this.#endFile()
    const [commit = '', seconds = '0'] = line.slice(1).split(' ')
    const at = Number(seconds)
    this.#commit = commit.slice(0, 10)
    this.#month = new Date(at * 1_000).toISOString().slice(0, 7)
    this.#state.commits++
    this.#state.first = Math.min(this.#state.first, at)
    this.#state.last = Math.max(this.#state.last, at)
  }

  #head(line: string): void {
    if (line.startsWith('rename from ')) this.#renamedFrom = line.slice('rename from '.length)
    else if (line.startsWith('rename to ')) this.#renamed(this.#renamedFrom, line.slice('rename to '.length))
  }

  /** A file that kept its name and now lies with another service: the service was renamed. */
  #renamed(before: string, after: string): void {
    const [from, to] = [this.#serviceOf(before), this.#serviceOf(after)]
    const isOne = basename(before) === basename(after)
    if (isOne && from !== to && from !== this.#repository && to !== this.#repository)
      this.#state.renames.add(`${from} → ${to}`)
  }

  #serviceOf(path: string): string {
    return serviceOfPath(this.#repository, path, this.#folders)
  }

  #collect(side: Address[], line: string): void {
    if (line.length > 2_000) return
    const found = addressIn(line)
    if (found) side.push(found)
  }

  /** A line that went and one that came, equal but for the address, are a move. */
  #endFile(): void {
    // What went in one place and came in another was only put elsewhere in the file.
    const [removed, added] = withoutCommon(this.#removed, this.#added)
    this.#removed = []
    this.#added = []
    for (const before of removed) {
      const index = added.findIndex((after) => after.around === before.around)
      const after = added[index]
      if (!after) continue
      added.splice(index, 1)
      if (isSame(before, after)) continue
      this.#state.moves.push({
        repository: this.#repository,
        caller: this.#serviceOf(this.#file),
        from: before.address,
        to: after.address,
        file: this.#file,
        commit: this.#commit,
        month: this.#month,
      })
    }
  }
}

type Address = NonNullable<ReturnType<typeof addressIn>>

/** Both lists without the addresses that are in both, one for one. */
function withoutCommon(removed: readonly Address[], added: readonly Address[]): [Address[], Address[]] {
  const left = [...added]
  const gone = removed.filter(({ address }) => {
    const index = left.findIndex((other) => other.address === address)
    if (index >= 0) left.splice(index, 1)
    return index < 0
  })
  return [gone, left]
}
