import { expect } from 'chai';
import { isUnreadable } from '../../../controller/api/manifest/manifests.js';
import { mergeFiles } from '../../../controller/api/manifest/merge-files.js';
import { formatProblem, parseManifests, unparsed } from '../../../controller/api/manifest/parse.js';
import { manifest } from '../manifest.js';

describe('several files', () => {
  it('give their jobs in order of name, whatever the order of the files', () => {
    const files = [parseManifests(manifest('b'), 'a.yaml'), parseManifests(manifest('a'), 'b.yaml')];
    expect(mergeFiles(files).jobs.map(job => job.key)).to.deep.equal(['default/a', 'default/b']);
    expect(mergeFiles([...files].reverse())).to.deep.equal(mergeFiles(files));
  });

  it('that define one job twice: the first is used, and both are reported', () => {
    const set = mergeFiles([
      parseManifests(manifest('x'), 'b.yaml'),
      parseManifests(`# c\n${manifest('x')}`, 'a.yaml'),
    ]);
    expect(set.jobs.map(job => job.file)).to.deep.equal(['a.yaml']);
    expect(set.jobs.map(job => [job.line, job.again])).to.deep.equal([[2, ['b.yaml:1']]]);
    expect(set.problems.map(formatProblem)).to.deep.equal([
      'b.yaml:4:9: job default/x is already defined at a.yaml:5, rename or remove one of them',
    ]);
    expect(set.notices.map(formatProblem)).to.deep.equal([
      'a.yaml:5:9: job default/x is defined again at b.yaml:4, this definition is used',
    ]);
  });

  it('may use one name in two namespaces', () => {
    const other = manifest('x').replace('name: x', 'name: x\n  namespace: other');
    expect(mergeFiles([parseManifests(manifest('x'), 'a'), parseManifests(other, 'b')]).jobs).to.have.length(
      2,
    );
  });

  it('never hand a name on because its first definition broke', () => {
    const broken = manifest('x').replace('replicas: 2', 'replicas: 0');
    const set = mergeFiles([parseManifests(broken, 'a.yaml'), parseManifests(manifest('x'), 'b.yaml')]);
    expect(set.jobs).to.deep.equal([]);
    expect(set.problems.map(problem => problem.job)).to.deep.equal(['default/x', 'default/x']);
  });

  it('tell which of them do not prove that a missing job was removed', () => {
    const set = mergeFiles([
      parseManifests(manifest('x'), 'ok.yaml'),
      unparsed('bad.yaml', 'no'),
      unparsed('team/', 'no'),
    ]);
    const files = ['ok.yaml', 'bad.yaml', 'team/deep/a.yaml', 'team.yaml'];
    expect(files.map(file => isUnreadable(set, file))).to.deep.equal([false, true, true, false]);
  });
});
