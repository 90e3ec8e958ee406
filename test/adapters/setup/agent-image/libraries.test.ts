import { expect } from 'chai';
import { parseLdd } from '../../../../controller/adapters/setup/agent-image/libraries.js';

const GLIBC = `	linux-vdso.so.1 (0x00007ffd2b3f2000)
	libdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007f1c5a1f0000)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1c59e0f000)
	/lib64/ld-linux-x86-64.so.2 (0x00007f1c5a20a000)
`;
const MUSL = `	/lib/ld-musl-x86_64.so.1 (0x7f2a1c000000)
	libstdc++.so.6 => /usr/lib/libstdc++.so.6 (0x7f2a1b000000)
	libc.musl-x86_64.so.1 => /lib/ld-musl-x86_64.so.1 (0x7f2a1c000000)
`;

describe('the libraries of a program', () => {
  it('are its files and its loader, without what the kernel provides', () => {
    expect(parseLdd(GLIBC, () => false)).to.deep.equal({
      loader: '/lib64/ld-linux-x86-64.so.2',
      files: [
        '/lib/x86_64-linux-gnu/libc.so.6',
        '/lib/x86_64-linux-gnu/libdl.so.2',
        '/lib64/ld-linux-x86-64.so.2',
      ],
    });
  });

  it('include those that glibc opens by name, where they are files', () => {
    const files = parseLdd(GLIBC, path => path.endsWith('libnss_dns.so.2')).files;
    expect(files).to.include('/lib/x86_64-linux-gnu/libnss_dns.so.2');
    expect(files).not.to.include('/lib/x86_64-linux-gnu/libnss_files.so.2');
  });

  it('are found on musl, each once', () => {
    expect(parseLdd(MUSL, () => true)).to.deep.equal({
      loader: '/lib/ld-musl-x86_64.so.1',
      files: ['/lib/ld-musl-x86_64.so.1', '/usr/lib/libstdc++.so.6'],
    });
  });

  it('find the loader of other processors', () => {
    const text =
      '\tlibc.so.6 => /lib/aarch64-linux-gnu/libc.so.6 (0x0000ffff8)\n\t/lib/ld-linux-aarch64.so.1 (0x0000ffff9)\n';
    expect(parseLdd(text, () => false).loader).to.equal('/lib/ld-linux-aarch64.so.1');
  });

  it('are none for a static program', () => {
    expect(parseLdd('', () => true)).to.deep.equal({ files: [] });
  });

  it('must all be there', () => {
    expect(() => parseLdd('\tlibfoo.so.1 => not found\n', () => true)).to.throw(
      'the library libfoo.so.1 is not found',
    );
  });
});
