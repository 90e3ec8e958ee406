import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a link leads to, below the root, and the place in it. */
interface Link {
  readonly from: string;
  readonly text: string;
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Pages of the project, by path below the root. */
function pages(): readonly string[] {
  const below = ['docs', 'images', 'manifests'].flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)),
  );
  return [...readdirSync(ROOT), ...below].filter(name => name.endsWith('.md'));
}

const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

const withoutCode = (text: string): string =>
  text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** Links to files of the project, written as Markdown or as HTML. */
function links(page: string): readonly Link[] {
  const text = withoutCode(read(page));
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)];
  return targets.flatMap(([, markdown, html]) => {
    const target = markdown ?? html ?? '';
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    const path = file === '' ? page : relative(ROOT, join(ROOT, dirname(page), file));
    return [{ from: page, text: target, path, anchor }];
  });
}

/** The anchors that GitHub gives the headings of a page. */
function anchors(page: string): ReadonlySet<string> {
  const found = new Set<string>();
  const text = read(page).replaceAll(/^```[\s\S]*?^```/gm, '');
  for (const [, heading = ''] of text.matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let unique = slug;
    for (let n = 1; found.has(unique); n += 1) unique = `${slug}-${n}`;
    found.add(unique);
  }
  return found;
}

describe('the documentation', () => {
  const all = pages().flatMap(links);

  it('has links', () => {
    expect(all.length).to.be.greaterThan(100);
    expect(new Set(all.map(({ from }) => from))).to.include('README.md');
  });

  it('links to files that exist', () => {
    const broken = all.filter(({ path }) => path.startsWith('..') || !existsSync(join(ROOT, path)));
    expect(broken.map(({ from, text }) => `${from}: ${text}`)).to.deep.equal([]);
  });

  it('links to headings that exist', () => {
    const broken = all.filter(
      ({ path, anchor }) =>
        anchor !== undefined &&
        path.endsWith('.md') &&
        existsSync(join(ROOT, path)) &&
        !anchors(path).has(anchor),
    );
    expect(broken.map(({ from, text }) => `${from}: ${text}`)).to.deep.equal([]);
  });

  it('has each page in its index', () => {
    const listed = new Set(links('docs/README.md').map(({ path }) => path));
    const decisions = new Set(links('docs/explanation/decisions/README.md').map(({ path }) => path));
    const missing = pages().filter(
      page =>
        page.startsWith('docs/') && page !== 'docs/README.md' && !listed.has(page) && !decisions.has(page),
    );
    expect(missing).to.deep.equal([]);
  });

  it('is where the code says it is', () => {
    const sources = ['controller', 'images', 'scripts', 'crd-like-schemas'].flatMap(folder =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .map(name => join(folder, name))
        .filter(name => /\.(ts|sh|yaml|java|c)$/.test(name)),
    );
    const broken = sources.flatMap(source =>
      [...read(source).matchAll(/(?<![\w./-])docs\/((how-to|reference|explanation)\/)?[\w.-]+\.md\b/g)]
        .map(([path]) => path)
        .filter(path => !existsSync(join(ROOT, path)))
        .map(path => `${source}: ${path}`),
    );
    expect(broken).to.deep.equal([]);
  });
});
