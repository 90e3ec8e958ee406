/** Writes docs/reference/cli.md from the commands' own help; with `--check` says whether it is current. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CliPorts } from '../controller/cli/context/ports.js';
import { runCli } from '../controller/cli/program.js';

const PAGE = fileURLToPath(new URL('../docs/reference/cli.md', import.meta.url));

const HEAD = `<!-- Generated from the commands' own help by scripts/cli-reference.ts. Do not edit: run npm run generate. -->

# Commands

What \`mpiswarm COMMAND --help\` prints, for all commands.
`;

interface Page {
  readonly words: readonly string[];
  readonly help: string;
}

interface Row {
  readonly command: string;
  readonly summary: string;
}

/** The page as it should be. */
export async function cliReference(): Promise<string> {
  const pages = await pagesOf([]);
  const rows = pages.flatMap(({ words, help }) =>
    rowsOf(help).map(({ command, summary }) => ({ words: [...words, command], summary })),
  );
  const table = rows.map(({ words, summary }) => `| [${title(words)}](#${anchor(words)}) | ${summary} |`);
  const sections = pages.map(
    ({ words, help }) => `## ${title(words)}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`,
  );
  return [HEAD, '| command | what it does |', '| --- | --- |', ...table, '', ...sections].join('\n');
}

/** The help of a command and of all commands below it, in the order in which help lists them. */
async function pagesOf(words: readonly string[]): Promise<readonly Page[]> {
  const help = await helpOf(words);
  const below: Page[] = [];
  for (const { command } of rowsOf(help)) below.push(...(await pagesOf([...words, command])));
  return [{ words, help }, ...below];
}

/** Rows of the part `Commands:`; the command `help` is left out. A summary may go on in the next lines. */
function rowsOf(help: string): readonly Row[] {
  const [, part = ''] = help.split(/^Commands:\n/m);
  const lines = (part.split('\n\n')[0] ?? '').replaceAll(/\n {4,}/g, ' ').split('\n');
  return lines.flatMap(line => {
    const [, command = '', summary = ''] = /^ {2}(\S+).*? {2,}(\S.*)$/.exec(line) ?? [];
    return command === '' || command === 'help' ? [] : [{ command, summary }];
  });
}

async function helpOf(words: readonly string[]): Promise<string> {
  let text = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString('utf8');
      done();
    },
  });
  const given = { version: '', env: {}, cwd: '/', home: '/', isRoot: false, stdout, stderr: stdout };
  // Help is printed before a command does anything, so no other port is used
  const code = await runCli([...words, '--help'], given as Partial<CliPorts> as CliPorts);
  if (code !== 0) throw new Error(`${title(words)} --help ended with code ${code}: ${text}`);
  return text;
}

const title = (words: readonly string[]): string => ['mpiswarm', ...words].join(' ');

const anchor = (words: readonly string[]): string => title(words).replaceAll(' ', '-');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wanted = await cliReference();
  if (!process.argv.includes('--check')) writeFileSync(PAGE, wanted);
  else if (readFileSync(PAGE, 'utf8') !== wanted) {
    console.error("docs/reference/cli.md is not what the commands' help gives: run npm run generate");
    process.exitCode = 1;
  }
}
