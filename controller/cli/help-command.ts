import type { Command } from 'commander';
import { UsageError } from '../settings/usage-error.js';

/** Adds `help`. Commander's own knows no command below another one, and says nothing of one that it does not know. */
export function addHelp(root: Command): Command {
  root
    .helpCommand(false)
    .command('help [command...]')
    .description('print help on a command')
    .action((words: readonly string[]) => {
      let command = root;
      for (const word of words) {
        const next = command.commands.find(one => one.name() === word);
        if (!next) throw new UsageError(`unknown command '${words.join(' ')}'`);
        command = next;
      }
      command.outputHelp();
    });
  return root;
}
