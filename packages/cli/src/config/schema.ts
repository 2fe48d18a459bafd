import type {
  GatewayOptions,
  ListenOptions,
  ListenTls,
  ModeSettings,
  Pem,
  PluginInstance,
} from '@postern/core'
import { gatewayOptionsSchema, isPluginInstance, knownKeys, modeSettingsSchema } from '@postern/core'
import * as v from 'valibot'
import type { ConfigIssue } from './issues.ts'
import { described, optionsOf } from './option-docs.ts'
import { checkWith, isRecord } from './validate.ts'

/** Names where a certificate or key is: a file, its path relative to the configuration, or an environment variable. */
export type Reference =
  | {
      /** Path of the file. */
      readonly file: string
    }
  | {
      /** Name of the environment variable. */
      readonly env: string
    }

/** A certificate that the listener shows. */
export interface CertificateConfig {
  /** The certificate, those of its authorities after it. */
  readonly cert: Reference | Pem
  /** Its private key. In YAML and JSON a reference, never the key itself. */
  readonly key: Reference | Pem
  /** Passphrase of `key`. In YAML and JSON a reference. Default: none. */
  readonly passphrase?: Reference | string | undefined
}

/** TLS on the listener. */
export interface ListenTlsConfig
  extends CertificateConfig,
    Pick<ListenTls, 'clientCertificates' | 'minVersion'> {
  /** More certificates, chosen by the name that the client asks for. Default: none. */
  readonly certificates?: readonly CertificateConfig[] | undefined
  /** Authorities that client certificates are checked against. */
  readonly ca?: Reference | Pem | readonly (Reference | Pem)[] | undefined
}

/** Where the gateway listens: core's `ListenOptions`, with certificates and keys as references. */
export interface ListenConfig extends Omit<ListenOptions, 'tls'> {
  /** TLS. Default: none, plain text. */
  readonly tls?: ListenTlsConfig | undefined
}

/** How the gateway ends. */
export interface DrainConfig {
  /** How long running exchanges may go on after SIGTERM or SIGINT before they are cut. Default: 10000. */
  readonly graceMs?: number | undefined
}

/** Where operators ask the gateway how it is. It never gets traffic of the gateway, and a change needs a restart. */
export interface AdminConfig {
  /** Port to listen on; 0 takes a free one. Needed unless there is a `socketPath`. */
  readonly port?: number | undefined
  /** Address to listen on. Another than of this machine alone needs a `token`. Default: `127.0.0.1`. */
  readonly host?: string | undefined
  /** Path of a unix socket, in place of host and port. Only the user of the gateway may connect to it. Default: none. */
  readonly socketPath?: string | undefined
  /**
   * What a request that changes something has to show, 16 characters or more. In YAML and JSON a reference. Default: none,
   * nothing can be changed.
   */
  readonly token?: Reference | string | undefined
}

/** A plugin by name, with its mode for the whole gateway. */
export interface PluginEntry extends ModeSettings {
  /**
   * npm name (`@postern/plugin-auth`), or the path of a module, relative to the configuration file
   * (`./limit.js`).
   */
  readonly use: string
  /**
   * The plugin's options. `{ env: NAME }` and `{ file: path }` anywhere inside are replaced by what they
   * name.
   */
  readonly options?: unknown
}

/** A whole configuration: the options of `createGateway`, the plugins, and how `gw` runs them. */
export interface GatewayConfig extends GatewayOptions {
  /** Address or path of the JSON Schema that `gw schema` made, for editors. The gateway does not look at it. Default: none. */
  readonly $schema?: string | undefined
  /** Where to listen. `--host` and `--port` win. */
  readonly listen?: ListenConfig | undefined
  /**
   * The plugins, by name or, in TypeScript, made in place: `auth({ … })`. Their order follows from their
   * slots.
   */
  readonly plugins?: readonly (PluginEntry | PluginInstance)[] | undefined
  /** Where operators ask the gateway how it is. Default: nowhere. */
  readonly admin?: AdminConfig | undefined
  /** How to end. */
  readonly drain?: DrainConfig | undefined
}

/**
 * Types a configuration in TypeScript; gives back what it got.
 *
 * @example
 * export const config = defineConfig({ upstream: 'http://127.0.0.1:3000', plugins: [trace()] })
 */
export function defineConfig(config: GatewayConfig): GatewayConfig {
  return config
}

/** Schema of the keys that are not core's. What stands in `listen` and `plugins`, others check. */
export const ownSchema = optionsOf('GatewayConfig', {
  $schema: v.optional(v.string()),
  listen: v.optional(v.unknown()),
  plugins: v.optional(v.array(v.unknown())),
  admin: v.optional(v.unknown()),
  drain: v.optional(
    optionsOf('DrainConfig', {
      graceMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647))),
    }),
  ),
})

/** Schema of `admin`. */
export const adminSchema = optionsOf('AdminConfig', {
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  // An empty one would listen on every address of the machine.
  host: v.optional(v.pipe(v.string(), v.minLength(1, 'Expected an address'))),
  socketPath: v.optional(v.pipe(v.string(), v.minLength(1, 'Expected a path'))),
  token: v.optional(
    v.pipe(
      v.string(),
      v.minLength(16, 'Expected 16 characters or more'),
      v.regex(/^[\x21-\x7e]*$/, 'Expected characters that a header can carry, without blanks'),
    ),
  ),
})

/** Schema of an entry of `plugins`, but for its mode settings. */
export const entrySchema = v.looseObject(
  described('PluginEntry', {
    use: v.pipe(v.string(), v.nonEmpty('Expected an npm name or a path')),
    options: v.optional(v.unknown()),
  }),
)

const OWN_KEYS = Object.keys(ownSchema.entries)
const ENTRY_KEYS = Object.keys(entrySchema.entries)

/** A configuration, taken apart by who reads which key. */
export interface ConfigParts {
  /** Core's part. */
  readonly options: GatewayOptions
  /** Where to listen, not yet checked. */
  readonly listen: unknown
  /** Where operators ask, not yet checked. */
  readonly admin: unknown
  /** How to end. */
  readonly drain: DrainConfig
  /** What stands under `plugins`, not yet checked. */
  readonly plugins: readonly unknown[]
  /** Everything wrong with the keys above. The parts count only when this is empty. */
  readonly issues: readonly ConfigIssue[]
}

/** Takes a configuration apart and checks everything but the plugins. */
export function takeApart(data: unknown): ConfigParts {
  if (!isRecord(data)) {
    const found =
      data === null || data === undefined ? 'nothing' : Array.isArray(data) ? 'a list' : typeof data
    const message = `Expected an object with keys such as plugins and upstream, found ${found}`
    return {
      options: {},
      listen: undefined,
      admin: undefined,
      drain: {},
      plugins: [],
      issues: [{ path: [], message, at: 'value' }],
    }
  }
  const own = pick(data, (key) => OWN_KEYS.includes(key))
  const options = pick(data, (key) => !OWN_KEYS.includes(key))
  const issues = [
    ...checkWith(ownSchema, own, { path: [] }),
    ...checkWith(gatewayOptionsSchema, options, { path: [], alsoKnown: OWN_KEYS }),
  ]
  const config = own as Pick<GatewayConfig, 'plugins' | 'drain'>
  return {
    options,
    listen: data['listen'],
    admin: data['admin'],
    drain: config.drain ?? {},
    plugins: Array.isArray(config.plugins) ? config.plugins : [],
    issues,
  }
}

/** Checks what stands in `plugins`, but for the options, which only the plugin itself knows. */
export function checkEntry(entry: unknown, path: readonly PropertyKey[]): ConfigIssue[] {
  if (isPluginInstance(entry)) return []
  if (!isRecord(entry)) {
    return [{ path, message: "Expected an object such as { use: '@postern/plugin-auth', options: { … } }" }]
  }
  const settings = pick(entry, (key) => !ENTRY_KEYS.includes(key))
  return [
    ...checkWith(entrySchema, entry, { path }),
    ...checkWith(modeSettingsSchema, settings, { path, alsoKnown: ENTRY_KEYS }),
  ]
}

/** The mode settings of an entry. */
export function modeSettingsOf(entry: Readonly<Record<string, unknown>>): ModeSettings {
  return pick(entry, (key) => MODE_KEYS.includes(key))
}

/** The options of an entry of `route.plugins`: whatever is not a mode setting. */
export function routeOptionsOf(
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return pick(settings, (key) => !MODE_KEYS.includes(key))
}

const MODE_KEYS = knownKeys(modeSettingsSchema, []) ?? []

function pick(
  record: Readonly<Record<string, unknown>>,
  wanted: (key: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => wanted(key)))
}
