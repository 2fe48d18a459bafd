/** `examples/deploy`: what is written there is valid, and its parts agree with each other and with `gw`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { startChecker } from './_support/checker.ts'
import { folder, WORKSPACE } from './_support/folder.ts'
import { KUBERNETES } from './_support/kubernetes.ts'

const PLACE = join(WORKSPACE, 'examples/deploy')
const read = (path: string): string => readFileSync(join(PLACE, path), 'utf8')

interface Probe {
  readonly exec?: { readonly command: readonly string[] }
  readonly httpGet?: { readonly path: string; readonly port: string }
}
interface Container {
  readonly name: string
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: readonly { readonly name: string }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } }
  readonly restartPolicy?: string
  readonly securityContext?: { readonly readOnlyRootFilesystem: boolean }
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly subPath?: string
  }[]
}
interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data: Readonly<Record<string, string>>
  readonly spec: {
    readonly selector: { readonly matchLabels: object } & object
    readonly podSelector: { readonly matchLabels: object }
    readonly replicas: number
    readonly minAvailable: number
    readonly ports: readonly { readonly targetPort: string }[]
    readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[]
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly Container[]
        readonly initContainers?: readonly Container[]
        readonly volumes: readonly { readonly name: string; readonly configMap: { readonly name: string } }[]
      }
    }
  }
  readonly resources: readonly string[]
}
interface Config {
  readonly listen: { readonly host: string; readonly port: number }
  readonly admin: { readonly host?: string; readonly port: number; readonly token?: { readonly env: string } }
  readonly drain: { readonly graceMs: number }
}

const files = readdirSync(join(PLACE, 'kubernetes'))
const manifests = new Map<string, Manifest[]>(
  files.map((file) => {
    const documents = parseAllDocuments(read(`kubernetes/${file}`), { strict: true, uniqueKeys: true })
    if (!Array.isArray(documents)) throw new Error(`${file} is empty`)
    for (const { errors } of documents) if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
    return [file, documents.map((document) => document.toJS() as Manifest)]
  }),
)
const all = [...manifests.values()].flat()
const find = (kind: string, name = 'postern'): Manifest => {
  const found = all.find((one) => one.kind === kind && one.metadata?.name === name)
  if (!found) throw new Error(`There is no ${kind} ${name}`)
  return found
}

const checker = startChecker({ POSTERN_ADMIN_TOKEN: 'a-token-of-sixteen-or-more' })
afterAll(() => checker.close())

describe('the Kubernetes manifests', () => {
  it.each(files)('%s has only fields that Kubernetes knows, with values that it takes', (file) => {
    const ajv = new Ajv({ allErrors: true })
    for (const manifest of manifests.get(file) ?? []) {
      const schema = KUBERNETES[manifest.kind]
      expect(schema, `a schema of ${manifest.kind}`).toBeDefined()
      if (schema) ajv.validate(schema, manifest)
      expect(ajv.errors ?? []).toEqual([])
    }
  })

  it('a misspelt field would be found', () => {
    const text = JSON.stringify(find('Deployment')).replace(
      '"readOnlyRootFilesystem"',
      '"readOnlyRootFileSystem"',
    )
    expect(new Ajv().validate(KUBERNETES['Deployment'] ?? {}, JSON.parse(text))).toBe(false)
  })

  it('are all in the kustomization, but for the sidecar, which is another way', () => {
    const [kustomization] = manifests.get('kustomization.yaml') ?? []
    expect([...(kustomization?.resources ?? []), 'kustomization.yaml', 'sidecar.yaml'].toSorted()).toEqual(
      files.toSorted(),
    )
  })

  it('select the pods that there are, and name ports that the container has', () => {
    const { labels } = find('Deployment').spec.template.metadata
    const selectors = [
      find('Deployment').spec.selector.matchLabels,
      find('Service').spec.selector,
      find('PodDisruptionBudget').spec.selector.matchLabels,
      find('NetworkPolicy').spec.podSelector.matchLabels,
    ]
    for (const selector of selectors) expect(labels).toMatchObject(selector)
    const ports = new Set(find('Deployment').spec.template.spec.containers[0]?.ports?.map(({ name }) => name))
    const named = [
      ...find('Service').spec.ports.map(({ targetPort }) => targetPort),
      ...find('NetworkPolicy').spec.ingress.flatMap((rule) => rule.ports.map(({ port }) => port)),
    ]
    for (const name of named) expect(ports).toContain(name)
    expect(find('PodDisruptionBudget').spec.minAvailable).toBeLessThan(find('Deployment').spec.replicas)
  })
})

describe.each([
  { name: 'postern', deployment: 'postern', configMap: 'postern' },
  { name: 'the sidecar', deployment: 'checkout', configMap: 'checkout-postern' },
])('the gateway of $name', ({ deployment, configMap }) => {
  const { spec } = find('Deployment', deployment).spec.template
  const gateway = [...(spec.initContainers ?? []), ...spec.containers].find(({ name }) => name === 'gateway')
  const text = find('ConfigMap', configMap).data['gateway.yaml'] ?? ''
  const config = parse(text) as Config

  it('starts with the file that is mounted, by its folder and not by subPath', () => {
    const volume = spec.volumes.find((one) => one.configMap.name === configMap)
    const mount = gateway?.volumeMounts?.find(({ name }) => name === volume?.name)
    expect(gateway?.args).toEqual(['--config', `${mount?.mountPath}/gateway.yaml`])
    expect(mount?.subPath).toBeUndefined()
    expect(gateway?.securityContext?.readOnlyRootFilesystem).toBe(true)
  })

  it('has a configuration that gw check finds valid', async () => {
    await using place = await folder({ 'gateway.yaml': text })
    const { code, stderr } = await checker.check(place.path)
    expect([code, stderr]).toEqual([0, ''])
  })

  it('is probed where its admin listener is', () => {
    for (const probe of [gateway?.startupProbe, gateway?.livenessProbe, gateway?.readinessProbe]) {
      if (!probe) continue
      if (probe.httpGet) {
        // The node comes from outside of the pod, so the listener has to be there, too.
        expect(config.admin.host).toBe('0.0.0.0')
        expect(gateway?.ports).toContainEqual({ name: probe.httpGet.port, containerPort: config.admin.port })
        expect(probe.httpGet.path).toMatch(/^\/(livez|readyz)$/)
      } else {
        expect(config.admin.host).toBeUndefined()
        expect(probe.exec?.command.at(-1)).toMatch(
          new RegExp(`^fetch\\('http://127\\.0\\.0\\.1:${config.admin.port}/(livez|readyz)'\\)`),
        )
      }
    }
    expect(gateway?.livenessProbe).toBeDefined()
  })

  it('has the time to finish what runs', () => {
    const sleepMs = (gateway?.lifecycle?.preStop.sleep.seconds ?? 0) * 1000
    expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(
      sleepMs + config.drain.graceMs + 5_000,
    )
  })

  it('gets every variable that its configuration names', () => {
    const named = [...text.matchAll(/\{ env: (\w+) \}/g)].map(([, name]) => name)
    const given = gateway?.env?.map(({ name }) => name) ?? []
    for (const name of named) expect(given).toContain(name)
  })
})

it('the sidecar is one to Kubernetes, and only the service beside it reaches it', () => {
  const { spec } = find('Deployment', 'checkout').spec.template
  expect(spec.initContainers?.[0]?.restartPolicy).toBe('Always')
  const config = parse(find('ConfigMap', 'checkout-postern').data['gateway.yaml'] ?? '') as Config
  expect(config.listen.host).toBe('127.0.0.1')
  expect(JSON.stringify(spec.containers[0]?.env)).toContain(`http://127.0.0.1:${config.listen.port}/`)
})

it('the ConfigMap says what gateway.yaml says, from which the image is built', () => {
  expect(find('ConfigMap').data['gateway.yaml']).toBe(read('gateway.yaml'))
})

describe('the Dockerfile', () => {
  /** Instructions with their arguments; comments and continued lines are gone. */
  const instructions = read('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line)?.slice(1) ?? [line, ''])
  const of = (name: string): string[] =>
    instructions.filter(([instruction]) => instruction === name).map(([, rest]) => rest ?? '')
  const config = parse(read('gateway.yaml')) as Config

  it('has only instructions that Docker knows, and begins with FROM', () => {
    const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'EXPOSE', 'ENTRYPOINT', 'CMD']
    expect(known).toEqual(expect.arrayContaining(instructions.map(([name]) => name)))
    expect(instructions[0]?.[0]).toBe('FROM')
  })

  it('copies what there is, and takes from the first stage what the build writes', () => {
    const ignored = read('.dockerignore').trim().split('\n')
    for (const copy of of('COPY')) {
      const [source = '', ...rest] = copy.split(/\s+/)
      if (source.startsWith('--from=')) {
        expect(of('FROM').some((from) => from.endsWith(` AS ${source.slice(7)}`))).toBe(true)
        expect(rest[0]).toBe('/build/dist/gateway.mjs')
      } else {
        expect(existsSync(join(PLACE, source)), source).toBe(true)
        expect(ignored).not.toContain(source)
      }
    }
  })

  it('runs scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Record<string, string> }
    const runs = of('RUN').flatMap((run) => [...run.matchAll(/npm run (\S+)/g)].map(([, name]) => name ?? ''))
    expect(runs).toEqual(['bundle'])
    for (const name of runs) expect(scripts).toHaveProperty(name)
    expect(scripts['bundle']).toMatch(/^gw build --config-external/)
  })

  it('runs as nobody special, without a shell, on the ports of the configuration', () => {
    expect(of('USER').at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(JSON.parse(of('ENTRYPOINT')[0] ?? '')).toEqual(['node', '/app/gateway.mjs'])
    expect(JSON.parse(of('CMD')[0] ?? '')).toEqual(find('Deployment').spec.template.spec.containers[0]?.args)
    expect(of('EXPOSE')[0]).toBe(`${config.listen.port} ${config.admin.port}`)
  })
})

it('the compose file publishes those ports on loopback only, and gives time to drain', () => {
  const { services } = parse(read('compose.yaml')) as {
    readonly services: {
      readonly gateway: {
        readonly ports: string[]
        readonly stop_grace_period: string
        readonly healthcheck: { readonly test: string[] }
      }
    }
  }
  const { listen, admin, drain } = parse(read('gateway.yaml')) as Config
  expect(services.gateway.ports).toEqual([listen, admin].map(({ port }) => `127.0.0.1:${port}:${port}`))
  expect(Number.parseInt(services.gateway.stop_grace_period, 10) * 1000).toBeGreaterThan(drain.graceMs)
  expect(services.gateway.healthcheck.test.at(-1)).toContain(`127.0.0.1:${admin.port}/readyz`)
})
