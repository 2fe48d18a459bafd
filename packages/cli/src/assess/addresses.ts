/** Addresses of services in lines of configuration and source. */

/** An address and what stands around it in its line, by which two lines are known for the same setting. */
export interface FoundAddress {
  /** `host:port`, or a port. Without user, password, path and query. */
  readonly address: string
  readonly around: string
}

/** Hosts that are nobody's service: schemas, registries, documentation. */
const PUBLIC =
  /(?:^|\.)(?:w3\.org|json-schema\.org|schemastore\.org|github\.com|githubusercontent\.com|gitlab\.com|npmjs\.(?:com|org)|pypi\.org|golang\.org|apache\.org|maven\.org|docker\.io|gcr\.io|quay\.io|ghcr\.io|googleapis\.com|example\.(?:com|org|net)|opencollective\.com|shields\.io|xmlsoap\.org|microsoft\.com|mozilla\.org|rubygems\.org|crates\.io|unpkg\.com|jsdelivr\.net|spdx\.org)$/i
/** Names of settings that hold addresses of services. */
const SETTING =
  /(?:url|uri|host(?:name)?|addr(?:ess)?|endpoints?|service|upstream|target|backend|base_?url|server|gateway|domain|dns|origin)s?["'\]]*\s*[:=]>?\s*["'`]?$/i
/** `value: "orders:80"`, below `name: ORDERS_ADDR` in manifests of Kubernetes; enough where the value itself looks like an address. */
const VALUE = /\bvalue["']?\s*:\s*["']?$/
const PORT_SETTING = /port["'\]]*\s*[:=]>?\s*["'`]?$/i

/** The address of a line, if it has one that may be a service's. */
export function addressIn(line: string): FoundAddress | undefined {
  if (/^\s*(?:#|\/\/|\*|<!--)/.test(line)) return undefined
  const url =
    /\b(?:https?|grpcs?|wss?|tcp):\/\/(?:[^\s/@'"`]*@)?([\w.-]+|\[[\da-fA-F:]+\])(?::(\d{2,5}))?/.exec(line)
  if (url) return found(line, url.index, url[0], url[1] ?? '', url[2])
  const pair = /(?<![\w./@-])([a-zA-Z][\w-]*(?:\.[\w-]+)*|\d{1,3}(?:\.\d{1,3}){3}):(\d{2,5})(?![\w.:-])/.exec(
    line,
  )
  if (pair && (SETTING.test(line.slice(0, pair.index)) || VALUE.test(line.slice(0, pair.index))))
    return found(line, pair.index, pair[0], pair[1] ?? '', pair[2])
  // A host alone: only where the setting's name says what it is.
  const host = /(?<=["'`\s:=])([a-zA-Z][\w-]*(?:[.-][\w-]+)+|\d{1,3}(?:\.\d{1,3}){3})(?=["'`,;\s]|$)/.exec(
    line,
  )
  if (host && SETTING.test(line.slice(0, host.index)))
    return found(line, host.index, host[0], host[1] ?? '', undefined)
  const port = /(?<=["'`\s:=])(\d{2,5})(?=["'`,;\s]|$)/.exec(line)
  if (
    port &&
    PORT_SETTING.test(line.slice(0, port.index)) &&
    /(?:_|\b)[A-Za-z]+[_-]?(?:service|svc|api|upstream|backend)?[_-]?port/i.test(line) &&
    /[A-Z]{2,}_PORT/.test(line)
  )
    return { address: `:${port[0]}`, around: line.replace(port[0], '•').trim() }
  return undefined
}

/** Whether both are the same place, or two of a developer's own machine. */
export function isSame(a: FoundAddress, b: FoundAddress): boolean {
  return a.address === b.address || (isLocal(a.address) && isLocal(b.address))
}

function found(
  line: string,
  index: number,
  text: string,
  host: string,
  port: string | undefined,
): FoundAddress | undefined {
  const name = host.toLowerCase()
  if (PUBLIC.test(name) || /^v?\d+(?:\.\d+){1,2}$/.test(name)) return undefined
  const around = `${line.slice(0, index)}•${line.slice(index + text.length)}`.trim()
  return { address: port === undefined ? name : `${name}:${port}`, around }
}

function isLocal(address: string): boolean {
  return /^(?:localhost|127\.|0\.0\.0\.0|\[::1\]|host\.docker\.internal)/.test(address)
}
