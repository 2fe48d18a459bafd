import * as v from 'valibot'
import { definePlugin } from '../../../src/index.ts'

/** Takes whatever options it is given. */
export const acceptsTypos = definePlugin({
  name: 'bad-accepts-typos',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  options: v.object({ level: v.optional(v.string()) }),
  setup({ hooks }) {
    hooks.onRequest.tap(() => {})
  },
})
