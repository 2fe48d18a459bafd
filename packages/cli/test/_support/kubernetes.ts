/**
 * JSON Schema of the objects of Kubernetes that `examples/deploy` uses, written by hand from the API reference of Kubernetes 1.34
 * (https://kubernetes.io/docs/reference/kubernetes-api/). Every object is closed, so a misspelt field is found, which a cluster
 * would only warn of.
 */
type Schema = Readonly<Record<string, unknown>>

const closed = (
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
})
const list = (items: Schema): Schema => ({ type: 'array', items, minItems: 1 })
const one = (value: string): Schema => ({ const: value })

const text: Schema = { type: 'string', minLength: 1 }
const flag: Schema = { type: 'boolean' }
const count: Schema = { type: 'integer', minimum: 0 }
const port: Schema = { type: 'integer', minimum: 1, maximum: 65_535 }
/** DNS label: names of objects, of containers, of volumes. */
const label: Schema = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' }
/** Name of a port: IANA service name. */
const portName: Schema = { type: 'string', pattern: '^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$' }
const labels: Schema = {
  type: 'object',
  propertyNames: { pattern: '^([a-z0-9.-]+/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$' },
  additionalProperties: { type: 'string', pattern: '^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$' },
}
const quantity: Schema = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(m|Ki|Mi|Gi)?$' }
const metadata = closed({ name: label }, { labels, namespace: label })
const selector = closed({ matchLabels: labels })
const object = (apiVersion: string, kind: string, rest: Readonly<Record<string, Schema>>): Schema =>
  closed({ apiVersion: one(apiVersion), kind: one(kind), metadata, ...rest })

const seccompProfile = closed({ type: { enum: ['RuntimeDefault', 'Unconfined', 'Localhost'] } })
const handler = {
  exec: closed({ command: list(text) }),
  httpGet: closed(
    { port: { anyOf: [port, portName] } },
    { path: { type: 'string', pattern: '^/' }, scheme: text },
  ),
}
const probe: Schema = {
  ...closed(
    {},
    {
      ...handler,
      initialDelaySeconds: count,
      periodSeconds: { type: 'integer', minimum: 1 },
      timeoutSeconds: { type: 'integer', minimum: 1 },
      failureThreshold: { type: 'integer', minimum: 1 },
    },
  ),
  oneOf: [{ required: ['exec'] }, { required: ['httpGet'] }],
}
const container = closed(
  { name: label, image: { type: 'string', pattern: '^[a-z0-9.\\-/:]+:[A-Za-z0-9_][A-Za-z0-9_.-]*$' } },
  {
    args: list(text),
    env: list(
      closed(
        { name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' } },
        { value: text, valueFrom: closed({ secretKeyRef: closed({ name: label, key: text }) }) },
      ),
    ),
    ports: list(closed({ containerPort: port }, { name: portName, protocol: { enum: ['TCP', 'UDP'] } })),
    startupProbe: probe,
    livenessProbe: probe,
    readinessProbe: probe,
    lifecycle: closed({}, { preStop: closed({}, { ...handler, sleep: closed({ seconds: count }) }) }),
    resources: closed(
      {},
      {
        requests: closed({}, { cpu: quantity, memory: quantity }),
        limits: closed({}, { cpu: quantity, memory: quantity }),
      },
    ),
    restartPolicy: one('Always'),
    securityContext: closed(
      {},
      {
        allowPrivilegeEscalation: flag,
        readOnlyRootFilesystem: flag,
        capabilities: closed({}, { drop: list(text), add: list(text) }),
      },
    ),
    volumeMounts: list(
      closed(
        { name: label, mountPath: { type: 'string', pattern: '^/' } },
        { readOnly: flag, subPath: text },
      ),
    ),
  },
)
const podSpec = closed(
  { containers: list(container) },
  {
    initContainers: list(container),
    automountServiceAccountToken: flag,
    terminationGracePeriodSeconds: count,
    securityContext: closed(
      {},
      { runAsNonRoot: flag, runAsUser: count, runAsGroup: count, fsGroup: count, seccompProfile },
    ),
    topologySpreadConstraints: list(
      closed({
        maxSkew: { type: 'integer', minimum: 1 },
        topologyKey: text,
        whenUnsatisfiable: { enum: ['DoNotSchedule', 'ScheduleAnyway'] },
        labelSelector: selector,
      }),
    ),
    volumes: list(closed({ name: label, configMap: closed({ name: label }) })),
  },
)
const share: Schema = { anyOf: [count, { type: 'string', pattern: '^[0-9]+%$' }] }
const policyPort = closed(
  { port: { anyOf: [port, portName] } },
  { protocol: { enum: ['TCP', 'UDP', 'SCTP'] } },
)

/** By kind. */
export const KUBERNETES: Readonly<Record<string, Schema>> = {
  ConfigMap: object('v1', 'ConfigMap', {
    data: { type: 'object', additionalProperties: { type: 'string' } },
  }),
  Deployment: object('apps/v1', 'Deployment', {
    spec: closed(
      { selector, template: closed({ metadata: closed({ labels }), spec: podSpec }) },
      {
        replicas: count,
        strategy: closed(
          { type: { enum: ['RollingUpdate', 'Recreate'] } },
          { rollingUpdate: closed({}, { maxUnavailable: share, maxSurge: share }) },
        ),
      },
    ),
  }),
  Service: object('v1', 'Service', {
    spec: closed({
      selector: labels,
      ports: list(closed({ port }, { name: portName, targetPort: { anyOf: [port, portName] } })),
    }),
  }),
  PodDisruptionBudget: object('policy/v1', 'PodDisruptionBudget', {
    spec: { ...closed({ selector }, { minAvailable: share, maxUnavailable: share }), minProperties: 2 },
  }),
  NetworkPolicy: object('networking.k8s.io/v1', 'NetworkPolicy', {
    spec: closed({
      podSelector: selector,
      policyTypes: list({ enum: ['Ingress', 'Egress'] }),
      ingress: list(
        closed(
          {},
          {
            ports: list(policyPort),
            from: list(closed({}, { namespaceSelector: selector, podSelector: selector })),
          },
        ),
      ),
    }),
  }),
  Kustomization: closed({
    apiVersion: one('kustomize.config.k8s.io/v1beta1'),
    kind: one('Kustomization'),
    resources: list(text),
  }),
}
