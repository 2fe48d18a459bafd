/** plugin-routing with all that watches attempts: health by share, breakers of service and route, retries with their budget. */
import { routingGateway } from './routing-gateway.ts'
import { serve } from './serve.ts'

const failureRate = { threshold: 0.5 }
const breaker = { failureRate, consecutiveFailures: 100 }

await serve((params) =>
  routingGateway(
    params,
    { health: { passive: { statuses: '5xx', failureRate } }, breaker },
    { retry: { on: ['connect', 'reset', 'timeout', '5xx'] }, breaker },
  ),
)
