/** Signs of authentication in source and manifests: names of well-known libraries, and reads of headers. */

/** A way to authenticate, as it is counted. */
export type Scheme =
  | 'jwt'
  | 'basic'
  | 'api-key'
  | 'session'
  | 'oidc'
  | 'saml'
  | 'mtls'
  | 'signature'
  | 'ldap'
  | 'kerberos'
  | `header ${string}`

/** Libraries by the scheme that they are for. */
type Libraries = readonly (readonly [scheme: Scheme, names: readonly string[]])[]

/** npm packages: in package.json, and in `import` and `require`. */
const NPM: Libraries = [
  [
    'jwt',
    [
      'jsonwebtoken',
      'jose',
      'express-jwt',
      'koa-jwt',
      '@fastify/jwt',
      'fastify-jwt',
      'fast-jwt',
      'hapi-auth-jwt2',
      '@hapi/jwt',
      'passport-jwt',
      '@nestjs/jwt',
      'jwks-rsa',
      'aws-jwt-verify',
      'express-oauth2-jwt-bearer',
      'passport-http-bearer',
    ],
  ],
  [
    'basic',
    [
      'basic-auth',
      'express-basic-auth',
      '@fastify/basic-auth',
      'passport-http',
      '@hapi/basic',
      'koa-basic-auth',
      'hono/basic-auth',
    ],
  ],
  ['api-key', ['passport-headerapikey', 'passport-localapikey', 'passport-localapikey-update']],
  [
    'session',
    [
      'express-session',
      'cookie-session',
      '@fastify/session',
      '@fastify/secure-session',
      'koa-session',
      'iron-session',
      'passport-local',
    ],
  ],
  [
    'oidc',
    [
      'openid-client',
      'express-openid-connect',
      'passport-openidconnect',
      'passport-oauth2',
      'keycloak-connect',
      'oauth2-server',
      '@node-oauth/oauth2-server',
      'oidc-provider',
      '@fastify/oauth2',
      'passport-azure-ad',
    ],
  ],
  ['saml', ['passport-saml', '@node-saml/passport-saml', '@node-saml/node-saml', 'saml2-js', 'samlify']],
  ['mtls', ['passport-client-cert', 'client-certificate-auth']],
  [
    'signature',
    [
      'aws4',
      'http-signature',
      '@smithy/signature-v4',
      'http-message-signatures',
      '@hapi/hawk',
      'hawk',
      'hmac-auth-express',
    ],
  ],
  ['ldap', ['ldapjs', 'ldapts', 'passport-ldapauth']],
  ['kerberos', ['kerberos', 'node-expose-sspi', 'passport-negotiate']],
]

/** What manifests of other languages name, by the file's name. */
export const MANIFESTS: readonly (readonly [file: RegExp, libraries: Libraries])[] = [
  [/^package\.json$/, NPM],
  [
    /^go\.mod$/,
    [
      [
        'jwt',
        [
          'github.com/golang-jwt/jwt',
          'github.com/dgrijalva/jwt-go',
          'github.com/lestrrat-go/jwx',
          'github.com/go-jose/go-jose',
          'github.com/auth0/go-jwt-middleware',
          'github.com/MicahParks/keyfunc',
        ],
      ],
      ['oidc', ['github.com/coreos/go-oidc', 'github.com/zitadel/oidc', 'github.com/ory/fosite']],
      [
        'session',
        ['github.com/gorilla/sessions', 'github.com/alexedwards/scs', 'github.com/gin-contrib/sessions'],
      ],
      ['saml', ['github.com/crewjam/saml', 'github.com/russellhaering/gosaml2']],
      ['signature', ['github.com/go-fed/httpsig', 'github.com/yaronf/httpsign']],
      ['ldap', ['github.com/go-ldap/ldap']],
      ['mtls', ['github.com/spiffe/go-spiffe']],
      ['kerberos', ['github.com/jcmturner/gokrb5']],
    ],
  ],
  [
    /^(?:requirements[\w.-]*\.txt|pyproject\.toml|Pipfile|setup\.cfg)$/,
    [
      [
        'jwt',
        [
          'pyjwt',
          'python-jose',
          'joserfc',
          'djangorestframework-simplejwt',
          'djangorestframework-jwt',
          'flask-jwt-extended',
          'fastapi-jwt-auth',
          'jwcrypto',
        ],
      ],
      ['basic', ['flask-httpauth', 'flask-basicauth']],
      ['session', ['flask-login', 'flask-session', 'starsessions']],
      [
        'oidc',
        [
          'authlib',
          'mozilla-django-oidc',
          'social-auth-app-django',
          'django-oauth-toolkit',
          'python-keycloak',
          'fastapi-keycloak',
        ],
      ],
      ['api-key', ['djangorestframework-api-key', 'fastapi-simple-security']],
      ['saml', ['python3-saml', 'pysaml2', 'djangosaml2']],
      ['signature', ['requests-aws4auth', 'httpsig', 'http-message-signatures']],
      ['ldap', ['ldap3', 'python-ldap', 'django-auth-ldap']],
      ['kerberos', ['flask-kerberos', 'requests-kerberos']],
    ],
  ],
  [
    /^(?:pom\.xml|build\.gradle(?:\.kts)?|libs\.versions\.toml)$/,
    [
      [
        'jwt',
        [
          'spring-boot-starter-oauth2-resource-server',
          'spring-security-oauth2-jose',
          'jjwt',
          'jjwt-api',
          'java-jwt',
          'nimbus-jose-jwt',
          'quarkus-smallrye-jwt',
          'micronaut-security-jwt',
          'ktor-server-auth-jwt',
          'jose4j',
        ],
      ],
      [
        'oidc',
        [
          'spring-boot-starter-oauth2-client',
          'spring-security-oauth2-client',
          'keycloak-spring-boot-starter',
          'quarkus-oidc',
          'pac4j-oidc',
        ],
      ],
      ['session', ['spring-session-core', 'spring-session-data-redis', 'spring-session-jdbc']],
      ['saml', ['spring-security-saml2-service-provider', 'opensaml-core', 'pac4j-saml']],
      ['ldap', ['spring-security-ldap', 'spring-ldap-core', 'unboundid-ldapsdk']],
      ['kerberos', ['spring-security-kerberos-web']],
      ['signature', ['http-signatures', 'aws-v4-signer-java']],
      ['mtls', ['java-spiffe-core', 'java-spiffe-provider']],
    ],
  ],
  [
    /\.(?:csproj|fsproj)$|^Directory\.Packages\.props$/,
    [
      [
        'jwt',
        [
          'Microsoft.AspNetCore.Authentication.JwtBearer',
          'System.IdentityModel.Tokens.Jwt',
          'Microsoft.IdentityModel.JsonWebTokens',
          'JWT',
          'jose-jwt',
        ],
      ],
      [
        'oidc',
        [
          'Microsoft.AspNetCore.Authentication.OpenIdConnect',
          'Microsoft.Identity.Web',
          'IdentityServer4',
          'Duende.IdentityServer',
          'OpenIddict.AspNetCore',
        ],
      ],
      ['mtls', ['Microsoft.AspNetCore.Authentication.Certificate']],
      ['kerberos', ['Microsoft.AspNetCore.Authentication.Negotiate']],
      ['api-key', ['AspNetCore.Authentication.ApiKey']],
      ['basic', ['AspNetCore.Authentication.Basic', 'idunno.Authentication.Basic']],
      ['saml', ['Sustainsys.Saml2.AspNetCore2', 'ITfoxtec.Identity.Saml2']],
    ],
  ],
  [
    /^Gemfile$|\.gemspec$/,
    [
      ['jwt', ['jwt', 'json-jwt', 'knock', 'devise-jwt', 'jwt_sessions']],
      ['oidc', ['omniauth', 'omniauth-oauth2', 'omniauth_openid_connect', 'doorkeeper', 'openid_connect']],
      ['session', ['devise', 'warden', 'sorcery', 'authlogic', 'clearance']],
      ['signature', ['api-auth', 'aws-sigv4', 'http_signatures']],
      ['saml', ['ruby-saml', 'omniauth-saml']],
      ['ldap', ['net-ldap', 'devise_ldap_authenticatable']],
    ],
  ],
  [
    /^Cargo\.toml$/,
    [
      ['jwt', ['jsonwebtoken', 'jwt', 'josekit', 'jwt-simple', 'axum-jwt-auth']],
      ['oidc', ['openidconnect', 'oauth2', 'axum-oidc', 'actix-web-openidconnect']],
      ['session', ['axum-login', 'tower-sessions', 'actix-session', 'actix-identity', 'async-session']],
      ['signature', ['httpsig', 'http-signature-normalization', 'aws-sigv4']],
      ['mtls', ['spiffe']],
      ['ldap', ['ldap3']],
    ],
  ],
  [
    /^composer\.json$/,
    [
      ['jwt', ['firebase/php-jwt', 'lcobucci/jwt', 'tymon/jwt-auth', 'lexik/jwt-authentication-bundle']],
      [
        'oidc',
        ['league/oauth2-server', 'league/oauth2-client', 'laravel/passport', 'jumbojett/openid-connect-php'],
      ],
      ['api-key', ['laravel/sanctum']],
      ['saml', ['onelogin/php-saml', 'simplesamlphp/simplesamlphp']],
    ],
  ],
]

/** Source files that are looked into. */
export const SOURCE = /\.(?:[cm]?[jt]sx?|go|py|java|kt|kts|cs|rb|php|rs|scala|ex|exs)$/

/** A read of one header, in the common forms: `headers['x-api-key']`, `headers.get(…)`, `Header.Get(…)`, `getHeader(…)`, `@RequestHeader(…)`. */
const HEADER_READ =
  /(?:headers?\s*\(?\)?\s*(?:\?\.)?\[\s*|[Hh]eaders?\s*(?:\(\))?\s*\??\.\s*(?:get|Get|header|fetch|TryGetValue|first|getFirst)\s*\(\s*|\b(?:req|request|ctx|c|r)\s*\.\s*(?:get|header|GetHeader)\s*\(\s*|\bgetHeader\s*\(\s*|@RequestHeader\s*\(\s*(?:(?:name|value)\s*=\s*)?|\[FromHeader\s*\(\s*Name\s*=\s*)['"`]([A-Za-z][\w-]{2,60})['"`]/g
/** `headers.authorization`, which needs no quotes. */
const AUTHORIZATION = /headers?\s*\??\.\s*authorization\b|HTTP_AUTHORIZATION/i
/** Names of headers that carry credentials. */
const CREDENTIAL =
  /(?:^|-)(?:api-?key|apikey|api-?token|auth(?:-?token|-?key)?|access-?token|service-?(?:token|key|secret)|internal-?(?:token|key|secret|auth)|client-?(?:token|secret|key)|shared-?secret|app-?(?:token|key)|jwt(?:-assertion)?|session-?(?:token|id)|(?:hmac-)?signature|secret|token)$/i

/** A sign of a scheme in a line. */
export interface Sign {
  readonly scheme: Scheme
  /** Name of the library or header. Never anything else of the line. */
  readonly by: string
}

const IMPORTED: ReadonlyMap<string, Scheme> = new Map(
  NPM.flatMap(([scheme, names]) => names.map((name) => [name, scheme] as const)),
)

/** Signs in one line of source. `near` are the lines around it, which tell what an `Authorization` header holds. */
export function signsInSource(line: string, near: string): Sign[] {
  const signs: Sign[] = []
  const imported = /(?:from\s+|require\(\s*|import\(\s*|import\s+)['"]([^'"]+)['"]/.exec(line)?.[1]
  const scheme =
    imported === undefined ? undefined : (IMPORTED.get(imported) ?? IMPORTED.get(packageOf(imported)))
  if (imported !== undefined && scheme !== undefined) signs.push({ scheme, by: packageOf(imported) })
  let readsAuthorization = AUTHORIZATION.test(line)
  for (const [, given = ''] of line.matchAll(HEADER_READ)) {
    const name = given
      .toLowerCase()
      .replace(/^http_/, '')
      .replaceAll('_', '-')
    if (name === 'authorization') readsAuthorization = true
    else if (
      name === 'x-client-cert' ||
      name === 'client-cert' ||
      name === 'x-ssl-client-cert' ||
      name === 'x-forwarded-client-cert'
    )
      signs.push({ scheme: 'mtls', by: name })
    else if (/^(?:x-)?api-?key$/.test(name)) signs.push({ scheme: 'api-key', by: name })
    else if (name.endsWith('signature')) signs.push({ scheme: 'signature', by: name })
    else if (CREDENTIAL.test(name) && !/^(?:x-)?(?:csrf|xsrf)/.test(name))
      signs.push({ scheme: `header ${name}`, by: name })
  }
  if (readsAuthorization) {
    if (/\bbearer\b/i.test(near)) signs.push({ scheme: 'jwt', by: 'authorization: Bearer' })
    else if (/\bbasic\b/i.test(near)) signs.push({ scheme: 'basic', by: 'authorization: Basic' })
    else if (/AWS4-HMAC|\bhmac\b|\bsignature\b/i.test(near))
      signs.push({ scheme: 'signature', by: 'authorization: signature' })
    else signs.push({ scheme: 'header authorization', by: 'authorization' })
  }
  return signs
}

/** Signs in one line of a manifest. */
export function signsInManifest(file: string, line: string): Sign[] {
  const libraries = MANIFESTS.find(([name]) => name.test(file))?.[1] ?? []
  return libraries.flatMap(([scheme, names]) =>
    names.filter((name) => names.length > 0 && isNamed(line, name)).map((name) => ({ scheme, by: name })),
  )
}

function isNamed(line: string, name: string): boolean {
  const at = line.toLowerCase().indexOf(name.toLowerCase())
  if (at < 0 || /^\s*(?:#|\/\/|--|<!--)/.test(line)) return false
  const before = line[at - 1] ?? ' '
  const after = line.slice(at + name.length)
  // `jwt` is not `pyjwt`; the version of a Go module (`/v5`) and extras in brackets may follow.
  return !/[\w@/.-]/.test(before) && /^(?:$|[^\w./-]|\/v\d)/.test(after)
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
