/**
 * The route options of plugins, by their short name in configuration, for the compiler: a plugin adds its own, and routes that
 * give it something else do not compile. What is not here may be anything; every plugin's schema checks it at the start.
 *
 * @example
 * declare module '@postern/core' {
 *   interface RoutePluginOptions {
 *     readonly limit: LimitRouteOptions
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: plugins fill it
export interface RoutePluginOptions {}
