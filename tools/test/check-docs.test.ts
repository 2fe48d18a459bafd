import { describe, expect, test } from 'vitest'
import { findDeadLinks, findDeadPaths, findLeftovers, type Tree } from '../check-docs.ts'
import { headingsOf } from '../lib/markdown.ts'

const files: Record<string, string> = {
  'docs/errors.md': '# Errors\n## The `GW_` codes, one by one\n',
  'packages/core/src/errors.ts': '',
  'packages/core/README.md': '',
}
const tree: Tree = {
  folders: new Set(['packages', 'docs', 'src']),
  has: (path) => path in files,
  read: (path) => files[path] ?? '',
  matches: (pattern) =>
    Object.keys(files).some((file) => new RegExp(`^${pattern.replaceAll('*', '[^/]*')}(/|$)`).test(file)),
}

describe('documents', () => {
  test.each([
    ['[a](errors.md)', []],
    ['[a](./errors.md#the-gw_-codes-one-by-one)', []],
    ['[a](https://example.com/x) and [b](#here)\n# Here', []],
    ['```\n[a](gone.md)\n```\nand `[a](gone.md)`', []],
    ['[a](gone.md)', ['docs/page.md:1 links to gone.md, which does not exist']],
    ['[a](errors.md#gone)', ['docs/page.md:1 links to errors.md#gone: no such heading']],
    ['\n[a]: ../gone.md', ['docs/page.md:2 links to ../gone.md, which does not exist']],
  ])('links: %s', (text, expected) => {
    const withPage = {
      ...tree,
      has: (path: string) => path === 'docs/page.md' || tree.has(path),
      read: (path: string) => (path === 'docs/page.md' ? text : tree.read(path)),
    }
    expect(findDeadLinks('docs/page.md', text, withPage)).toEqual(expected)
  })

  test.each([
    ['`packages/core/src/errors.ts`', 0],
    ['`packages/<name>/README.md` and `packages/*/src/`', 0],
    ['`src/errors.ts` of core', 0],
    ['`packages/core/dist/index.js` is built, `application/json` is no path', 0],
    ['`packages/core/src/gone.ts`', 1],
    ['`docs/gone.md` and `src/gone.ts`', 2],
  ])('paths: %s', (text, count) => {
    expect(findDeadPaths('docs/page.md', text, tree)).toHaveLength(count)
  })

  test('headings answer as the repository host writes them', () => {
    expect([...headingsOf('# A b!\n## A b\n### [X](y) & z\n```\n# no\n```')]).toEqual([
      'a-b',
      'a-b-1',
      'x--z',
    ])
  })

  test.each([
    ['a.ts', `// ${'TO'}DO later`],
    ['a.sh', `# ${'FIX'}ME`],
    ['a.md', `see ${['', 'home', 'someone', 'notes'].join('/')}`],
    ['a.json', `"url": "https://${['registry', 'example', 'org'].join('.')}/x"`],
  ])('leftovers in %s', (file, text) => {
    expect(findLeftovers(file, `first\n${text}`)).toEqual([expect.stringMatching(`^${file}:2 `)])
  })

  test('ordinary words and URLs are no leftovers', () => {
    expect(
      findLeftovers('a.ts', "fetch('http://orders/home/x'); const method = 'PUT /orders/work/1'"),
    ).toEqual([])
  })
})
