import { Command, CommanderError, Option } from 'commander';
import { PortError } from '../ports/errors.js';
import { loadSettings } from '../settings/load.js';
import { defaultWords, flagUsage } from '../settings/names.js';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../settings/settings.js';
import { CommandError, UsageError } from '../settings/usage-error.js';
import { type DescribeFlags, describe } from './commands/describe.js';
import { editJobs } from './commands/edit.js';
import { get } from './commands/get.js';
import { type ImportFlags, importTwister2 } from './commands/import-twister2.js';
import { type LeaderFlags, leader } from './commands/leader.js';
import { type LogsFlags, logs } from './commands/logs.js';
import { plan } from './commands/plan.js';
import { type ValidateFlags, validate } from './commands/validate.js';
import type { Context } from './context/context.js';
import type { CliPorts } from './context/ports.js';
import { Output, PipeClosed } from './context/stdout-writer.js';
import type { EditFlags } from './edit/edit-targets.js';
import { HELP } from './help.js';
import { addHelp } from './help-command.js';
import { duration, lineCount, rankNumbers, runNumber } from './option-values.js';
import type { GetFlags } from './render/get-options.js';
import { paintFor } from './render/paint.js';

/**
 * Runs one command line.
 * @param argv the words behind the program's name.
 * @returns the exit code, as {@link HELP} has them.
 */
export async function runCli(argv: readonly string[], ports: CliPorts): Promise<number> {
  const streams = { out: new Output(ports.stdout), err: new Output(ports.stderr), result: { code: 0 } };
  try {
    await program(ports, streams).parseAsync([...argv], { from: 'user' });
    return streams.result.code;
  } catch (error) {
    return explain(error, streams);
  } finally {
    await Promise.all([streams.out.flush(), streams.err.flush()]);
  }
}

/** Says what went wrong, and returns the exit code for it. */
function explain(error: unknown, { err, result }: Streams): number {
  // First match wins
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // Nobody reads any more, so there is nobody to tell
  if (error instanceof PipeClosed) return result.code;
  const known = error instanceof UsageError || error instanceof CommandError || error instanceof PortError;
  const stack = error instanceof Error ? error.stack : String(error);
  err.enqueue(`mpiswarm: ${known ? error.message : `internal error: ${stack}`}\n`);
  return error instanceof UsageError ? 2 : 1;
}

interface Streams {
  readonly out: Output;
  readonly err: Output;
  readonly result: { code: number };
}

function program(ports: CliPorts, streams: Streams): Command {
  const root = new Command('mpiswarm')
    .description(HELP.program)
    .version(ports.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addOption(
      new Option('--config <FILE>', 'configuration file (default: $MPISWARM_CONFIG, else as below)'),
    );
  addSettings(root, 'all');
  root.option('--no-color', 'the same as --color never');

  const action = commandAdder(root, ports, streams);
  const up = action('up', 'up', (_words, _flags: object, { settings }) => ports.up(settings));
  addSettings(up, 'up');
  const validateCommand = root
    .command('validate <FILE...>')
    .option('--policy <FILE>', "also check against the operator's policy")
    .option('--manifests <FOLDER>', 'the watched folder, for rules on folders', './manifests');
  finish(validateCommand, 'validate', streams).action(async (paths: string[], flags: ValidateFlags) => {
    streams.result.code = await validate(paths, flags, { ports, ...streams });
  });
  const planCommand = action(
    'plan <FILE>',
    'plan',
    ([file = '']: readonly string[], _flags: object, context) => plan(file, context),
  );
  addSetting(planCommand, 'manifests');
  action('get [JOB...]', 'get', (names, flags: GetFlags, context) => get(names, flags, context))
    .addOption(output('wide', 'json', 'yaml'))
    .option('-w, --watch', 'go on and print each change')
    .option('-n, --namespace <NAMESPACE>', 'only jobs of this namespace')
    .option('-A, --all-namespaces', 'show namespaces, even if there is one only');
  action('describe <JOB>', 'describe', ([job = ''], flags: DescribeFlags, context) =>
    describe(job, flags, context),
  )
    .addOption(output('json', 'yaml'))
    .option('--run <N>', 'number of the run to show in full; the last one otherwise', runNumber)
    .option('-n, --namespace <NAMESPACE>', 'namespace of the job', 'default');
  action('logs <JOB>', 'logs', ([job = ''], flags: LogsFlags, context) => logs(job, flags, context))
    .option('-f, --follow', 'go on until the run ends')
    .option('--run <N>', 'number of the run; the last one otherwise', runNumber)
    .option('--rank <RANKS>', 'only what these ranks wrote: 3, or 0-3,7; may be given again', rankNumbers)
    .option('--prefix', 'put the rank before each line; without --rank, of all ranks')
    .option('--tail <N>', 'only the last N lines', lineCount)
    .option('-n, --namespace <NAMESPACE>', 'namespace of the job', 'default');
  action('leader', 'leader', (_words, flags: LeaderFlags, context) => leader(flags, context)).addOption(
    output('json', 'yaml'),
  );
  for (const verb of ['rerun', 'cancel', 'suspend', 'resume', 'delete'] as const) {
    const act = (names: readonly string[], flags: EditFlags, context: Context) =>
      editJobs(verb, names, flags, context);
    addEditOptions(action(`${verb} [JOB...]`, verb, act));
  }
  addImport(root, ports, streams);
  const down = action('down', 'down', (_words, { all = false }: DownFlags, { settings }) =>
    ports.down(settings, { all }),
  ).option('--all', 'what any installation has in this swarm, and what they share');
  addSetting(down, 'agentZookeeper');
  return finish(addHelp(root), undefined, streams);
}

interface DownFlags {
  readonly all?: boolean;
}

/** Needs no settings, as `validate`. */
function addImport(root: Command, ports: CliPorts, streams: Streams): void {
  const above = root.command('import').helpCommand('help [command]', 'print help on a command');
  const twister2 = finish(above, 'import', streams).command('twister2 <CONF_DIR>');
  finish(twister2, 'twister2', streams)
    .option('--job <FILE>', 'YAML file with what a program of Twister2 says of its job: twister2.job.* keys')
    .option('-o, --output <FILE>', 'file to write the manifest to; it must not be there yet')
    .action(async (folder: string, flags: ImportFlags) => {
      streams.result.code = await importTwister2(folder, flags, { ports, ...streams });
    });
}

type Act<Flags> = (words: readonly string[], flags: Flags, context: Context) => Promise<number>;

/** Adds commands that need the settings; these are read when the command runs. */
function commandAdder(root: Command, ports: CliPorts, streams: Streams) {
  return <Flags>(usage: string, help: keyof typeof HELP.commands, act: Act<Flags>): Command => {
    const command = root.command(usage);
    return finish(command, help, streams).action(async () => {
      const context = await contextOf(command, ports, streams);
      streams.result.code = await act(command.args, command.opts<object>() as Flags, context);
    });
  };
}

async function contextOf(command: Command, ports: CliPorts, { out, err }: Streams): Promise<Context> {
  const given = command.optsWithGlobals<Readonly<Record<string, string | boolean | undefined>>>();
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const value = given[name];
    if (typeof value === 'string') flags[name] = value;
    else if (SETTINGS[name].type.kind === 'switch' && value === true) flags[name] = 'true';
  }
  if (given['color'] === false) flags.color = 'never';
  const config = given['config'];
  const settings = await loadSettings({
    ...ports,
    flags,
    readText: path => ports.readText(path),
    ...(typeof config === 'string' ? { config } : {}),
  });
  return { ports, settings, out, err, paint: paintFor(settings.color, out.isTerminal) };
}

function addSettings(command: Command, which: 'all' | 'up'): void {
  for (const name of SETTING_NAMES) {
    const setting = SETTINGS[name];
    if (setting.for === which) addSetting(command, name);
  }
}

function addSetting(command: Command, name: SettingName): void {
  const setting = SETTINGS[name];
  const text = `${setting.description} (default: ${defaultWords(setting).replaceAll('`', '')})`;
  command.addOption(
    new Option(
      flagUsage(name, value => `<${value}>`),
      text,
    ),
  );
}

function addEditOptions(command: Command): void {
  addSetting(command, 'manifests');
  command
    .option(
      '-f, --filename <PATH>',
      'file or folder to look in, instead of the watched one; may be repeated',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('-n, --namespace <NAMESPACE>', 'namespace of the jobs (default: default)')
    .option('--all', 'all jobs of the namespace')
    .option('-A, --all-namespaces', 'with --all: all jobs of all namespaces')
    .option('--dry-run', 'show the edit as a unified diff, and make none')
    .option('--force', 'write the file although Git tracks it, or a sync puts it there')
    .option('--wait', 'wait until the controller has done it')
    .option('--timeout <DURATION>', 'with --wait: end with exit code 1 after that; 0s is never', duration);
}

function output(...formats: readonly string[]): Option {
  return new Option('-o, --output <FORMAT>', 'form of the output').choices([...formats]);
}

/** Help, errors and exits in our own manner. */
function finish(
  command: Command,
  help: keyof typeof HELP.commands | undefined,
  { out, err }: Streams,
): Command {
  const texts = help === undefined ? undefined : HELP.commands[help];
  if (texts) command.summary(texts.summary).description(texts.description);
  return command
    .addHelpText(
      'after',
      () => `\nExamples:\n${(texts?.examples ?? HELP.examples).map(line => `  ${line}`).join('\n')}`,
    )
    .addHelpText('after', `\n${texts ? HELP.seeAlso : `${HELP.exitCodes}\n\n${HELP.settings}`}`)
    .exitOverride()
    .configureOutput({
      writeOut: text => out.enqueue(text),
      writeErr: text => err.enqueue(text),
      outputError: (text, write) => write(`mpiswarm: ${text.replace(/^error: /, '')}`),
    });
}
