/**
 * Opens TypeScript's own checker on a set of files that no tsconfig.json on disk names.
 *
 * The API is marked unstable by TypeScript; the version is pinned exactly, and this file is the only one that
 * starts it, so an upgrade has one place to mend.
 */
import { API, type Project } from 'typescript/unstable/sync'

/** Which files to open, and how. */
export interface OpenOptions {
  /** Absolute folder that the virtual tsconfig.json stands in. */
  readonly folder: string
  /** Root files, relative to `folder`. */
  readonly files: readonly string[]
  /** Compiler options, as in tsconfig.json. */
  readonly compilerOptions: Readonly<Record<string, unknown>>
  /** Files that exist only in memory, by absolute path (the fixtures of the checks' own tests). */
  readonly virtual?: Readonly<Record<string, string>>
}

/**
 * Runs `use` with an open project, and stops the compiler afterwards whatever happened.
 *
 * The compiler may print "context canceled" on its way out. That is its goodbye, not an error.
 */
export function withProject<T>(options: OpenOptions, use: (project: Project) => T): T {
  const configFile = `${options.folder}/tsconfig.check.json`
  const config = JSON.stringify({ compilerOptions: options.compilerOptions, files: options.files })
  const virtual: Readonly<Record<string, string>> = { ...options.virtual, [configFile]: config }
  const api = new API({
    cwd: options.folder,
    fs: {
      readFile: (name) => virtual[name],
      fileExists: (name) => (name in virtual ? true : undefined),
      directoryExists: (name) =>
        Object.keys(virtual).some((file) => file.startsWith(`${name}/`)) ? true : undefined,
    },
  })
  try {
    using snapshot = api.updateSnapshot({ openProjects: [configFile] })
    const project = snapshot.getProject(configFile)
    if (!project) throw new Error(`TypeScript did not open ${configFile}`)
    return use(project)
  } finally {
    api.close()
  }
}
