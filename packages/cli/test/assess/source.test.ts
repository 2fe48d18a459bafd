import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scanSource } from '../../src/assess/source-scan.ts'
import { folder } from '../_support/folder.ts'

const limits = () => ({ deadline: performance.now() + 30_000, maxFiles: 10_000 })

describe('ways to authenticate in source', () => {
  it('are found by libraries and header checks in many languages, with file and line, and never with a value', async () => {
    await using repo = await folder(
      {
        'orders/package.json':
          '{\n  "dependencies": {\n    "jsonwebtoken": "9.0.0",\n    "left-pad": "1.0.0"\n  }\n}\n',
        'orders/src/auth.ts':
          "import jwt from 'jsonwebtoken'\nconst secret = 'hidden-1'\nexport const who = (request) =>\n  request.headers['x-internal-token'] === 'hidden-2'\n",
        'basket/go.mod': 'module basket\nrequire github.com/golang-jwt/jwt/v5 v5.2.0\n',
        'basket/main.go':
          'package main\nfunc ok(r *http.Request) bool { return r.Header.Get("X-Api-Key") == "hidden-3" }\n',
        'stock/requirements.txt': 'flask==3.0\nFlask-HTTPAuth==4.8\n# pyjwt==2.0\n',
        'stock/app.py': "user = request.headers.get('X-Forwarded-Client-Cert')\n",
        'mail/pom.xml': '<artifactId>spring-boot-starter-oauth2-resource-server</artifactId>\n',
        'mail/src/A.java': '@RequestHeader("X-Hub-Signature") String s;\n',
        'pay/Pay.csproj':
          '<PackageReference Include="Microsoft.AspNetCore.Authentication.Negotiate" Version="8.0" />\n',
        'shop/Gemfile': "gem 'devise'\n",
        'seek/Cargo.toml': '[dependencies]\nopenidconnect = "3.5"\n',
        'web/package.json': '{}',
        'web/server.js':
          "const value = req.headers.authorization\nif (value.startsWith('Basic ')) check(value)\n",
        // None of these is a service's own check.
        'web/node_modules/x/index.js': "require('passport-saml')\n",
        'web/auth.test.js': "require('ldapjs')\n",
        'web/client.js': "fetch(url, { headers: { 'x-client-secret': key, 'content-type': 'x' } })\n",
      },
      false,
    )
    const { findings, services, files } = await scanSource([repo.path], limits())
    const found = findings.map(
      ({ scheme, by, service, file, line }) =>
        `${service}: ${scheme} by ${by} at ${file.slice(repo.path.length + 1)}:${line}`,
    )
    expect(found.sort()).toEqual([
      'basket: api-key by x-api-key at basket/main.go:2',
      'basket: jwt by github.com/golang-jwt/jwt at basket/go.mod:2',
      'mail: jwt by spring-boot-starter-oauth2-resource-server at mail/pom.xml:1',
      'mail: signature by x-hub-signature at mail/src/A.java:1',
      'orders: header x-internal-token by x-internal-token at orders/src/auth.ts:4',
      'orders: jwt by jsonwebtoken at orders/package.json:3',
      'orders: jwt by jsonwebtoken at orders/src/auth.ts:1',
      'pay: kerberos by Microsoft.AspNetCore.Authentication.Negotiate at pay/Pay.csproj:1',
      'seek: oidc by openidconnect at seek/Cargo.toml:2',
      'shop: session by devise at shop/Gemfile:1',
      'stock: basic by flask-httpauth at stock/requirements.txt:2',
      'stock: mtls by x-forwarded-client-cert at stock/app.py:1',
      'web: basic by authorization: Basic at web/server.js:1',
    ])
    expect(services).toEqual(['basket', 'mail', 'orders', 'pay', 'seek', 'shop', 'stock', 'web'])
    expect(files).toBe(14)
    expect(JSON.stringify(findings)).not.toContain('hidden')
  })

  it('end in time', async () => {
    await using repo = await folder({ 'package.json': '{ "dependencies": { "jose": "6" } }' }, false)
    expect(await scanSource([repo.path], { deadline: 0, maxFiles: 10 })).toMatchObject({
      findings: [],
      isCut: true,
    })
    expect((await scanSource([join(repo.path)], limits())).isCut).toBe(false)
  })
})
