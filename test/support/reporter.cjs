'use strict';
/** Mocha's `spec` reporter, which also writes its totals as JSON to the file that MPISWARM_TEST_TOTALS names. */
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats;
      const file = process.env.MPISWARM_TEST_TOTALS;
      if (file) writeFileSync(file, JSON.stringify({ passes, failures, pending }));
    });
  }
};
