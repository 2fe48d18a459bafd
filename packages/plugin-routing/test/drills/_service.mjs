/**
 * A service in a process of its own. It answers with its name after a moment, and does what it is told: `failing: 0.5` in a
 * message makes half of its answers 500, in turn, not by chance.
 */
import { createServer } from 'node:http'

const [, , name = '', port = '0', delayMs = '0', host = '127.0.0.1'] = process.argv
let failing = 0
let due = 0
let served = 0

const server = createServer((request, response) => {
  request.resume()
  if (request.url === '/healthy') {
    response.writeHead(failing > 0 ? 503 : 200).end()
    return
  }
  served++
  due += failing
  const fails = due >= 1
  if (fails) due -= 1
  setTimeout(() => response.writeHead(fails ? 500 : 200).end(name), Number(delayMs))
})
server.keepAliveTimeout = 60_000
server.listen(Number(port), host, () => process.send?.({ port: server.address().port }))

process.on('message', (message) => {
  if (message === 'served') process.send?.({ served })
  else failing = message.failing
})
process.on('disconnect', () => process.exit())
