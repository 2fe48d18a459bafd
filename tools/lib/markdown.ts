/** Reads what a Markdown page refers to. */

/** Something that a page names, and where. */
export interface Reference {
  readonly target: string
  readonly line: number
}

/** Relative links and images. Links into the web are not looked at: they break without a change here. */
export function linksOf(text: string): Reference[] {
  const inline = /!?\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?[^)]*\)/g
  const defined = /^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/g
  return proseLines(text).flatMap(({ content, line }) => {
    const prose = content.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length))
    return [...prose.matchAll(inline), ...prose.matchAll(defined)]
      .map((match) => ({ target: match[1] ?? '', line }))
      .filter(({ target }) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(target))
  })
}

/** Inline code that reads like a path of the project: its first part is one of `folders`, and it has another part. */
export function pathsOf(text: string, folders: ReadonlySet<string>): Reference[] {
  return proseLines(text).flatMap(({ content, line }) =>
    [...content.matchAll(/`([^`\s]+)`/g)]
      .map((match) => ({ target: (match[1] ?? '').replace(/^\.\//, '').replace(/:\d+$/, ''), line }))
      .filter(
        ({ target }) =>
          /^[\w.@<>*{}/-]+$/.test(target) &&
          /^[^/]+\/./.test(target) &&
          folders.has(target.split('/')[0] ?? ''),
      ),
  )
}

/** The fragments that the headings of a page answer to. */
export function headingsOf(text: string): Set<string> {
  const slugs = new Set<string>()
  for (const { content } of proseLines(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(content)?.[1]
    for (const anchor of content.matchAll(/<a (?:id|name)="([^"]+)"/g)) slugs.add(anchor[1] ?? '')
    if (heading === undefined) continue
    const slug = heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    let unique = slug
    for (let n = 1; slugs.has(unique); n += 1) unique = `${slug}-${n}`
    slugs.add(unique)
  }
  return slugs
}

/** Lines outside fenced code. */
function proseLines(text: string): { content: string; line: number }[] {
  let fence: string | undefined
  return text.split(/\r?\n/).flatMap((content, index) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(content)?.[1]
    if (fence === undefined && mark !== undefined) fence = mark
    else if (fence !== undefined && mark?.startsWith(fence)) fence = undefined
    else if (fence === undefined) return [{ content, line: index + 1 }]
    return []
  })
}
