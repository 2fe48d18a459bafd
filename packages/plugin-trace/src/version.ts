/** npm name of this package, as lines, spans and errors have it; a test holds it equal to package.json. */
export const PLUGIN_NAME = '@postern/plugin-trace'

/** This package's version; a test holds it equal to package.json. */
export const VERSION = '0.1.0'
