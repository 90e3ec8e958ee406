import { stripVTControlCharacters } from 'node:util';

/** Where the build of an image is, read from what the engine writes while it builds. */
export interface BuildSteps {
  /** Takes a piece of the engine's text. */
  read(text: string): void;
  /** 0 until the first step begins. */
  readonly step: number;
  readonly of: number;
  /** `RUN apt-get update && …`, on one line. */
  readonly instruction: string;
  /** What the step's command wrote last; empty until it writes. */
  readonly output: string;
  /** Short ids of the images that these steps made, oldest first; what was there before is not among them. */
  readonly made: readonly string[];
  /** Short ids of the containers in which steps ran. */
  readonly containers: readonly string[];
}

export function buildSteps(): BuildSteps {
  const now = { step: 0, of: 0, instruction: '', output: '' };
  const made: string[] = [];
  const containers: string[] = [];
  let isNew = false;
  return {
    get step() {
      return now.step;
    },
    get of() {
      return now.of;
    },
    get instruction() {
      return now.instruction;
    },
    get output() {
      return now.output;
    },
    made,
    containers,
    read: text => {
      const begun = /^Step (\d+)\/(\d+) : (.*)/s.exec(text);
      if (begun !== null) {
        const [, step, of, instruction = ''] = begun;
        const words = oneLine(instruction);
        Object.assign(now, { step: Number(step), of: Number(of), instruction: words, output: '' });
        // The image that FROM names was there before, or belongs to an earlier step.
        isNew = !/^FROM\b/i.test(instruction);
        return;
      }
      if (/^ ---> Using cache\s*$/.test(text)) isNew = false;
      const container = /^ ---> Running in ([0-9a-f]{12})\s*$/.exec(text)?.[1];
      if (container !== undefined) containers.push(container);
      const image = /^ ---> ([0-9a-f]{12})\s*$/.exec(text)?.[1];
      if (image !== undefined && isNew) made.push(image);
      if (!/^ ---> |^Removing intermediate/.test(text)) now.output = lastLine(text) ?? now.output;
    },
  };
}

/** A command may draw a bar by carriage returns, and colour what it writes. */
function lastLine(text: string): string | undefined {
  const lines = stripVTControlCharacters(text).split(/[\r\n]/);
  return lines.map(line => line.trim()).findLast(line => line !== '');
}

function oneLine(instruction: string): string {
  return instruction.replaceAll('\\\n', ' ').replace(/\s+/g, ' ').trim();
}
