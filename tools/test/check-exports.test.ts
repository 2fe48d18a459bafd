import { describe, expect, test } from 'vitest'
import { compareSnapshots, entriesOf, problemsOf, toSnapshot } from '../check-exports.ts'
import { PUBLIC_LIBRARY_TYPES } from '../layers.ts'
import { type PublicApi, readPublicApi } from '../lib/public-api.ts'

const LIBRARIES = {
  '/fixture/node_modules/undici/index.d.ts': `
    declare class Dispatcher { dispatch(options: Dispatcher.DispatchOptions): boolean }
    declare namespace Dispatcher { interface DispatchOptions { path: string } }
    export { Dispatcher }
    export declare class Pool {}`,
  '/fixture/node_modules/undici/package.json': `{ "name": "undici", "version": "1.0.0", "types": "./index.d.ts" }`,
}

describe('public surface', () => {
  test('lists values and types by name', () => {
    const api = read({
      'index.d.ts': `export { b, type A } from './b.js'`,
      'b.d.ts': `/** A. */ export interface A {}\n/** B. */ export declare const b: A`,
    })
    expect(api.surfaces).toEqual([{ subpath: '@x/y', exports: ['type A', 'value b'] }])
    expect(problemsOf('@x/y', api)).toEqual([])
  })

  test('a changed surface is drift, named line by line', () => {
    const before = toSnapshot([{ subpath: '@x/y', exports: ['type A', 'value b'] }])
    const after = toSnapshot([{ subpath: '@x/y', exports: ['type A', 'value c'] }])
    expect(compareSnapshots(before, after)).toEqual(['- value b  (@x/y)', '+ value c  (@x/y)'])
    expect(compareSnapshots(before, before)).toEqual([])
  })

  test('an export without a doc comment is found', () => {
    expect(read({ 'index.d.ts': `export declare function f(): void` }).undocumented).toEqual(['f'])
  })

  test('a field without a doc comment is found, also in a type that is only reachable', () => {
    const api = read({
      'index.d.ts': `import type { Inner } from './inner.js'\n/** Options. */ export interface Options {\n/** Inner. */\ninner: Inner; plain: { deep: string } }`,
      'inner.d.ts': `export interface Inner { field: string; method(): void }`,
    })
    expect(api.undocumented.toSorted()).toEqual([
      'Inner.field',
      'Inner.method',
      'Options.plain',
      'Options.plain.deep',
    ])
  })

  test('private members and what an interface documents need no comment', () => {
    const api = read({
      'index.d.ts': `
        /** What closes. */ export interface Closes {
          /** Closes. */
          close(): void }
        /** A thing. */ export declare class Thing implements Closes { #private; private hidden; close(): void; [Symbol.dispose](): void }`,
    })
    expect(api.undocumented).toEqual([])
  })

  test('what a class takes from the language needs no comment', () => {
    expect(
      read({ 'index.d.ts': `/** E. */ export declare class E extends Error { readonly name: 'E' }` })
        .undocumented,
    ).toEqual([])
  })

  test('parameters and the keys of a constant are no fields', () => {
    const api = read({
      'index.d.ts': `/** Codes. */ export declare const CODES: { readonly A: 1 }\n/** F. */ export declare function f(options: string): typeof CODES`,
    })
    expect(api.undocumented).toEqual([])
  })

  test('a field of an inline parameter type is a field', () => {
    expect(
      read({ 'index.d.ts': `/** F. */ export declare function f(options: { x: 1 }): void` }).undocumented,
    ).toEqual(['f.x'])
  })

  test('a library type is found, wherever a public type names it', () => {
    const api = read({
      'index.d.ts': `import type { Inner } from './inner.js'\n/** F. */ export declare function f(inner: Inner): void`,
      'inner.d.ts': `export interface Inner {\n/** Pool. */\npool: import('undici').Pool }`,
    })
    expect(api.libraryTypes).toEqual(['Pool (undici) in Inner.pool'])
  })

  test('what a user must hand in may show', () => {
    const api = read({
      'index.d.ts': `import { Dispatcher } from 'undici'\n/** F. */ export declare function f(a: Dispatcher, b: Dispatcher.DispatchOptions): void`,
    })
    expect(api.libraryTypes).toEqual([])
  })

  test('reads the subpaths from the manifest', () => {
    const exports = {
      '.': { types: './dist/types/index.d.ts' },
      './testing': { types: './dist/types/testing.d.ts' },
      './package.json': './package.json',
    }
    expect([...entriesOf({ manifest: { name: '@x/y', exports } })]).toEqual([
      ['@x/y', 'dist/types/index.d.ts'],
      ['@x/y/testing', 'dist/types/testing.d.ts'],
    ])
  })
})

function read(files: Record<string, string>): PublicApi {
  const own = Object.fromEntries(Object.entries(files).map(([name, text]) => [`/fixture/${name}`, text]))
  const virtual = { ...LIBRARIES, '/fixture/package.json': `{ "name": "@x/y", "type": "module" }`, ...own }
  return readPublicApi({
    folder: '/fixture',
    entries: new Map([['@x/y', 'index.d.ts']]),
    allowed: PUBLIC_LIBRARY_TYPES,
    virtual,
  })
}
