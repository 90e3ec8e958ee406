/** `npm run bench`: how long it takes until the first rank runs, against scripts that do the same job by hand. */
import { bestContender } from './best-contender.js';
import { conditions } from './conditions.js';
import { watchContainers } from './containers.js';
import type { Contender } from './contender.js';
import { HELP, type Options, parseOptions } from './options.js';
import { ourContender } from './ours.js';
import { type Place, preparePlace } from './place.js';
import { type Result, report } from './report.js';
import { measureRounds } from './rounds.js';
import { scale } from './scale/main.js';
import { typicalContender } from './typical-contender.js';
import { writeResult } from './write.js';

const say = (line: string): void => console.log(line);
const [first, ...others] = process.argv.slice(2);
if (first === 'scale') process.exitCode = await scale(others);
else await benchStart(process.argv.slice(2));

async function benchStart(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv);
  if (options.help) say(HELP);
  else await bench(options);
}

async function bench(settings: Options): Promise<void> {
  const place = await preparePlace({ ...settings, say });
  try {
    const about = await conditions(place);
    const results = await measure(place, settings);
    const markdown = report(results, settings.benchmarks, about);
    say(`\n${markdown}`);
    if (settings.write) await writeResult(markdown);
  } finally {
    await place.close();
  }
}

/** The product runs once a round and counts for both comparisons. */
async function measure(place: Place, { benchmarks, workers, pairs }: Options): Promise<readonly Result[]> {
  const containers = await watchContainers(place.socket);
  const contenders: Contender[] = [];
  try {
    contenders.push(await ourContender(place, containers));
    if (benchmarks.includes('B1')) contenders.push(await bestContender(place));
    if (benchmarks.includes('B2')) contenders.push(typicalContender(place));
    const results: Result[] = [];
    for (const count of workers) {
      const rounds = await measureRounds({ contenders, containers, workers: count, rounds: pairs, say });
      results.push({ workers: count, rounds });
    }
    return results;
  } finally {
    for (const contender of contenders) await contender.close();
    containers.close();
  }
}
