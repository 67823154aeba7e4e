// Alphabetical order, so that a run is repeatable: test/cluster/whole-story.test.ts has to be the last one there,
// because it ends the cluster that the others share.
const { default: Sequencer } = require("@jest/test-sequencer");

module.exports = class extends Sequencer {
  sort(tests) {
    return [...tests].sort((a, b) => a.path.localeCompare(b.path));
  }
};
