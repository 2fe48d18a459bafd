/** Listens on a unix socket until it is killed: its file stays. */
import { createServer } from 'node:net'

createServer().listen(process.argv[2], () => process.send('listening'))
