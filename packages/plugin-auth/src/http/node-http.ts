/** node:http by another way than `import`, which would load Node's own client too: see `node-http.ts` of core. */
export const { Agent, request } = process.getBuiltinModule('node:http')
