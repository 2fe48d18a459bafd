/** What `gw init` asks. Each question has a flag, so that it works without a terminal. */

/** Answers by the name of their question. */
export interface Answers {
  readonly start?: string | undefined
  readonly upstream?: string | undefined
  readonly credentials?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly caller?: string | undefined
  readonly mode?: string | undefined
  readonly service?: string | undefined
  readonly path?: string | undefined
  readonly format?: string | undefined
  readonly schema?: string | undefined
}

/** One of several answers. */
export interface Choice {
  readonly value: string
  /** What it means, for people who choose. */
  readonly hint: string
}

/** One question. */
export interface Question {
  readonly key: keyof Answers
  /** How it is answered on the command line. */
  readonly flag: string
  readonly message: string
  /** Default: any text. */
  readonly choices?: readonly Choice[]
  /** What holds when nobody is asked. Without it the answer is needed. */
  readonly fallback?: (answers: Answers) => string
  /** What is wrong with an answer. */
  readonly check?: (value: string) => string | undefined
  /** Whether it is asked at all, after those before it. */
  readonly when?: (answers: Answers) => boolean
}

const isAuth = ({ start }: Answers): boolean => start === 'auth'
const isRouting = ({ start }: Answers): boolean => start === 'routing'
const isJwt = (answers: Answers): boolean => isAuth(answers) && answers.credentials === 'jwt'
const isKeys = (answers: Answers): boolean => isAuth(answers) && answers.credentials === 'api-keys'

/** All of them, in their order. */
export const QUESTIONS: readonly Question[] = [
  {
    key: 'start',
    flag: 'auth|trace|routing',
    message: 'Which one function do you start with? The others can follow later.',
    choices: [
      { value: 'auth', hint: 'one place that finds out who calls' },
      { value: 'trace', hint: 'a trace id and a log line for each request' },
      { value: 'routing', hint: 'callers use a name, services can move' },
    ],
  },
  {
    key: 'service',
    flag: '--service <name>',
    message: 'What is the service called? Callers will know it by this name.',
    fallback: () => 'orders',
    check: (value) =>
      /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(value)
        ? undefined
        : 'Expected lower-case letters, digits, dots and hyphens, such as orders',
    when: isRouting,
  },
  {
    key: 'upstream',
    flag: '--upstream <url>',
    message: 'Where is the service that the gateway stands before?',
    fallback: () => 'http://127.0.0.1:3000',
    check: urlProblem,
  },
  {
    key: 'path',
    flag: '--path <prefix>',
    message: 'Which paths lead to it?',
    fallback: ({ service }) => `/${service ?? ''}`,
    check: pathProblem,
    when: isRouting,
  },
  {
    key: 'credentials',
    flag: '--credentials <kind>',
    message: 'How do callers prove who they are?',
    choices: [
      { value: 'jwt', hint: 'tokens of an issuer such as an identity provider' },
      { value: 'api-keys', hint: 'a key per caller; the first one is made now' },
    ],
    fallback: () => 'jwt',
    when: isAuth,
  },
  {
    key: 'issuer',
    flag: '--issuer <url>',
    message: 'Who issues the tokens? The address that stands in their iss.',
    check: urlProblem,
    when: isJwt,
  },
  {
    key: 'audience',
    flag: '--audience <name>',
    message: 'Whom are the tokens for? The name that stands in their aud.',
    fallback: () => 'gateway',
    check: audienceProblem,
    when: isJwt,
  },
  {
    key: 'caller',
    flag: '--caller <name>',
    message: 'Whose is the first key?',
    fallback: () => 'first-caller',
    check: callerProblem,
    when: isKeys,
  },
  {
    key: 'mode',
    flag: '--mode <mode>',
    message: 'What happens to callers without good credentials?',
    choices: [
      { value: 'shadow', hint: 'they pass; who would be refused is recorded' },
      { value: 'enforce', hint: 'they are refused' },
    ],
    fallback: () => 'shadow',
    when: isAuth,
  },
  {
    key: 'format',
    flag: '--format <form>',
    message: 'In which form is the configuration?',
    choices: [
      { value: 'yaml', hint: 'gateway.yaml' },
      { value: 'ts', hint: 'gateway.config.ts, with types and plugins made in place' },
    ],
    fallback: () => 'yaml',
  },
  {
    key: 'schema',
    flag: '--schema',
    message: 'Write gateway.schema.json too, so that editors complete and explain?',
    choices: [
      { value: 'yes', hint: 'gw schema makes it again' },
      { value: 'no', hint: 'gw schema gateway.yaml --out gateway.schema.json makes it later' },
    ],
    fallback: () => 'no',
    when: ({ format }) => format === 'yaml',
  },
]

function urlProblem(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && `${url.username}${url.search}${url.hash}` === ''
  return isPlain
    ? undefined
    : 'Expected an address such as http://127.0.0.1:3000, without credentials or query'
}

function pathProblem(value: string): string | undefined {
  const isPath = /^\/[\w.~!$&'()*+,;=:@/-]*$/.test(value)
  // A gateway refuses requests with these, so it has no route for them.
  const isPlain = !value.includes('//') && !value.split('/').some((part) => part === '.' || part === '..')
  return isPath && isPlain ? undefined : 'Expected a path that begins with /, such as /orders'
}

function audienceProblem(value: string): string | undefined {
  return value.trim() === '' || /[\r\n]/.test(value) ? 'Expected a name' : undefined
}

/** As the auth plugin names callers. */
function callerProblem(value: string): string | undefined {
  const isName = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value) && value.length <= 256
  return isName ? undefined : 'Expected a name of printable ASCII'
}
