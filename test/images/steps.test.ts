import { expect } from 'chai';
import { buildSteps } from '../../scripts/images/progress/steps.js';

/** What Docker 20.10's builder writes for two stages, the first of which it had built before. */
const WORDS = [
  'Step 1/6 : ARG BASE=debian:trixie-slim\n',
  'Step 2/6 : FROM $BASE AS build\n',
  ' ---> aaaaaaaaaaaa\n',
  'Step 3/6 : RUN apt-get update \\\n && apt-get  install gcc\n',
  ' ---> Using cache\n',
  ' ---> bbbbbbbbbbbb\n',
  'Step 4/6 : RUN cc ring.c\n',
  ' ---> Running in cccccccccccc\n',
  'Get:1 ---> 123456789012\n',
  'Removing intermediate container cccccccccccc\n',
  ' ---> dddddddddddd\n',
  'Step 5/6 : FROM $BASE\n',
  ' ---> aaaaaaaaaaaa\n',
  'Step 6/6 : COPY --from=build /ring /ring\n',
  ' ---> eeeeeeeeeeee\n',
  'Successfully built eeeeeeeeeeee\n',
];

describe('the steps of a build', () => {
  it('are counted as the engine counts them, each instruction on one line', () => {
    const steps = buildSteps();
    const seen = WORDS.map(text => {
      steps.read(text);
      return steps.step;
    });
    expect([...new Set(seen)]).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(steps.of).to.equal(6);
    expect(steps.instruction).to.equal('COPY --from=build /ring /ring');
    steps.read(WORDS[3] ?? '');
    expect(steps.instruction).to.equal('RUN apt-get update && apt-get install gcc');
  });

  it('have the last line that their command wrote', () => {
    const steps = buildSteps();
    for (const text of WORDS.slice(0, 8)) steps.read(text);
    expect(steps.output).to.equal('');
    steps.read('\u001b[1mGet:1\u001b[0m gcc\n10%\r20%\r\n');
    expect(steps.output).to.equal('20%');
    steps.read('Step 5/6 : FROM $BASE\n');
    expect(steps.output).to.equal('');
  });

  it('name the images and containers that they made, and none that was there before', () => {
    const steps = buildSteps();
    for (const text of WORDS) steps.read(text);
    expect(steps.made).to.deep.equal(['dddddddddddd', 'eeeeeeeeeeee']);
    expect(steps.containers).to.deep.equal(['cccccccccccc']);
  });
});
