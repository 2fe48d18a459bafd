/** The service behind every proxy, and the identity provider whose tokens `postern-full` verifies. */
import { scenarioOf, serve, shut } from './serve.ts'
import { startProvider } from './services/identity-provider.ts'
import { startService } from './services/start.ts'

await serve(async (params) => {
  const service = await startService(scenarioOf(params))
  const { server: provider, idp } = await startProvider(scenarioOf(params), params.folder)
  return {
    url: service.url,
    idp,
    close: () => {
      service.close()
      shut(provider)
    },
  }
})
