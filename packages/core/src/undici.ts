// Packages that are checked together with these sources do not list the file themselves; it has nothing that could be imported.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./undici-parts.d.ts" />
/**
 * undici, by its parts: its index loads fetch, caches, mocks and WebSocket as well, half of the time in which a gateway starts.
 * The version is pinned, and the files are those that the index itself exports, so what a host loads of the same version is the same.
 */
import api from 'undici/lib/api/index.js'
import buildConnector from 'undici/lib/core/connect.js'
import errors from 'undici/lib/core/errors.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import Dispatcher1Wrapper from 'undici/lib/dispatcher/dispatcher1-wrapper.js'
import Pool from 'undici/lib/dispatcher/pool.js'

// As the index does it: `request`, `stream` and the others for every dispatcher.
Object.assign(Dispatcher.prototype, api)

export { Agent, buildConnector, Dispatcher, Dispatcher1Wrapper, errors, Pool }
