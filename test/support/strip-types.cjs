// The same type stripping that Node does when it runs the program, so that tests see what runs.
const { stripTypeScriptTypes } = require("node:module");

module.exports = {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
