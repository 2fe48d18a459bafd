import { definePlugin } from '../../../src/index.ts'

const instances: object[] = []

/** Knows all of its instances, those of old generations too. */
export const keepsGenerations = definePlugin({
  name: 'bad-keeps-generations',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup(host) {
    instances.push({ host, names: Array.from({ length: 200 }, (_, i) => `name-${instances.length}-${i}`) })
    host.hooks.onRequest.tap(() => {})
  },
})
