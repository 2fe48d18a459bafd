import type { ServiceEndpoint } from '../options/service-options.ts'

/** An endpoint that was found, as in `endpoints` of a service; and where it is, when its name need not be resolved. */
export interface DiscoveredEndpoint extends ServiceEndpoint {
  /**
   * IP address to connect to. The host of `url` then only names the endpoint: to its `Host`, and to its certificate.
   * Default: the host of `url` is connected to.
   */
  readonly address?: string | undefined
}

/** Who is told of a service's endpoints. Both may be called at any time, also while `watch` runs; neither throws. */
export interface DiscoveryListener {
  /**
   * These are all endpoints now, each as URL or object, in any order. An endpoint that was there before stays the same,
   * and keeps what is known of it, while its `url`, `address`, `socketPath`, `protocol` and `tls` do. Weight and zone may
   * change. A list that is empty, longer than 10 000 or not valid counts as a failure.
   */
  update(endpoints: readonly (string | DiscoveredEndpoint)[]): void
  /** The source cannot be asked, or makes no sense: what was known last stays. Logged once until the next `update`. */
  failed(error: Error): void
}

/** A running watch. */
export interface DiscoveryWatch {
  /** Ends timers and connections. Runs once; nothing is listened to afterwards. */
  close(): void | Promise<void>
}

/**
 * Where the endpoints of services come from. For what a registry knows (Consul, Kubernetes, etcd), implement this and give
 * the object as `discovery` of each service; one object may serve many of them.
 *
 * Connecting, retrying and backing off are the implementation's; keeping the last good answer, checking it and logging
 * are not.
 */
export interface Discovery {
  /**
   * Starts to watch a service. Called once for each service, and not again by a reload that gives the same object: the
   * watch goes on. It must not wait; the first `update` may come later, and requests wait for it.
   * @param service name of the service in the options.
   * @throws what stops the start or the reload: a mistake that only a change of the options can mend.
   */
  watch(service: string, listener: DiscoveryListener): DiscoveryWatch
}
