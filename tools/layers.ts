/**
 * Who may import what: the project's architecture as data. `tools/check-layers.ts` holds the sources to it.
 *
 * A new folder or library is a line here, decided in review; an exception made anywhere else would go unseen.
 */

/** Which packages of ours a package may import. `tests` and `dynamic` widen it for those two cases only. */
export interface PackageRule {
  readonly from: RegExp
  readonly may: RegExp
  /** What its tests may import as well. */
  readonly tests?: RegExp
  /** What it may load with `import()`, when a configuration or a command asks for it. Types of it are erased, so they may be named. */
  readonly dynamic?: RegExp
  readonly because: string
}

/** examples, benchmarks, reliability → cli → plugins → core. */
export const PACKAGES: readonly PackageRule[] = [
  { from: /^packages\/core$/, may: /^$/, because: 'core knows no plugin and no command line' },
  {
    from: /^packages\/plugin-/,
    may: /^packages\/core$/,
    because: 'a plugin knows core only; what plugins share is a contract in core',
  },
  {
    from: /^packages\/cli$/,
    may: /^packages\/core$/,
    dynamic: /^packages\/plugin-/,
    tests: /^packages\//,
    because: 'the command line loads plugins at run time, when one is asked for',
  },
  {
    from: /^(examples|benchmarks|reliability)/,
    may: /^packages\//,
    tests: /^(packages|examples)\//,
    because: 'examples, benchmarks and reliability use packages as users do',
  },
]

/** A floor of core. A file may import from the floors below its own, never from above. */
export interface Tier {
  readonly name: string
  /** Files or folders directly in `packages/core/src`, without extension. `*` is everything not named elsewhere. */
  readonly units: readonly string[]
  /** Whether units of this floor may import each other. */
  readonly together: boolean
}

/** gateway → generation → journey → stages → what they share. Type imports count: they tie two stages just as tightly. */
export const CORE_TIERS: readonly Tier[] = [
  { name: 'entry', units: ['index', 'testing'], together: false },
  { name: 'gateway', units: ['gateway'], together: true },
  { name: 'generation', units: ['generation'], together: true },
  { name: 'journey', units: ['journey'], together: true },
  { name: 'stage', units: ['listen', 'match', 'hooks', 'upstream', 'respond', 'seats'], together: false },
  { name: 'shared', units: ['headers', '*'], together: true },
]

/** The one place that may import a library. */
export interface Owner {
  readonly library: RegExp
  /** Sources that may import it. */
  readonly at: RegExp
  /** Sources that may import its types only (erased, so nothing is loaded). */
  readonly types?: RegExp
}

/** One owner per library, so that replacing or patching one touches one folder. Tests are free. */
export const OWNERS: readonly Owner[] = [
  {
    library: /^undici$/,
    at: /^packages\/core\/src\/(undici(-parts\.d)?\.ts$|testing(\/|\.ts$))/,
    // The Gateway interface returns a Dispatcher: the one type of undici that a user hands on.
    types: /^packages\/core\/src\/(gateway-types\.ts$|upstream\/)/,
  },
  { library: /^tapable$/, at: /^packages\/core\/src\/hooks\// },
  { library: /^pino$/, at: /^packages\/core\/src\/logger\.ts$/, types: /^packages\/plugin-trace\/src\// },
  { library: /^jose$/, at: /^packages\/plugin-auth\/src\/verify\// },
  { library: /^piscina$/, at: /^packages\/plugin-auth\/src\/verify\// },
  { library: /^@opentelemetry\//, at: /^packages\/plugin-trace\/src\// },
  { library: /^@valibot\/to-json-schema$/, at: /^packages\/cli\/src\/schema\// },
  // Loaded by where the configuration finds it; the types are all that is imported.
  { library: /^esbuild$/, at: /^$/, types: /^packages\/cli\/src\/build\// },
  { library: /^commander$/, at: /^packages\/cli\/src\// },
  { library: /^@clack\/prompts$/, at: /^packages\/cli\/src\/init\/prompts\.ts$/ },
  // Two files of users are YAML: the configuration, and a list of endpoints.
  { library: /^yaml$/, at: /^packages\/(cli\/src|plugin-routing\/src\/discovery\/file)\// },
  { library: /^(vitest|fast-check)$/, at: /^$/ },
]

/** Libraries that a public type may name, because a user hands such an object in or gets one. */
export const PUBLIC_LIBRARY_TYPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['undici', ['Dispatcher']],
  ['pino', ['Logger']],
])
