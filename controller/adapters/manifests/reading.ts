import type { Definition, ParsedFile } from '../../api/manifest/parse.js';
import { canonical } from '../../core/text/digest.js';

/** Faulty, or with fewer jobs than before: a file may be like this while it's written. */
export function isDoubtful(parsed: ParsedFile, former: ParsedFile | undefined): boolean {
  if (parsed.problems.length > 0) return true;
  return former !== undefined && names(former).some(key => !names(parsed).includes(key));
}

/** True when both texts define the same jobs in the same way. */
export function isHarmless(parsed: ParsedFile, former: ParsedFile): boolean {
  return meaning(parsed) === meaning(former);
}

function meaning({ definitions, complete }: ParsedFile): string {
  return canonical([complete, definitions.map(({ key, job }) => [key, job?.manifest ?? null])]);
}

export function names(parsed: ParsedFile | undefined): readonly string[] {
  return parsed?.definitions.map(({ key }) => key) ?? [];
}

/** A text that doesn't name all its jobs still defines those that the file held before. */
export function keepNames(parsed: ParsedFile, former: readonly string[]): ParsedFile {
  const named = names(parsed);
  const missing = former.filter(key => !named.includes(key));
  if (parsed.complete || missing.length === 0) return parsed;
  const cause = parsed.problems.find(problem => problem.job === undefined) ?? parsed.problems[0];
  const kept: readonly Definition[] = missing.map(key => ({
    key,
    line: cause?.line ?? 1,
    column: cause?.column ?? 1,
  }));
  const problems = parsed.problems.flatMap(problem => {
    if (problem !== cause) return [problem];
    return [...(problem.job === undefined ? [] : [problem]), ...missing.map(job => ({ ...problem, job }))];
  });
  return { ...parsed, definitions: [...parsed.definitions, ...kept], problems };
}
