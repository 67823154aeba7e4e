// Folders are rooms (docs/architecture.md): these are the doors.
const room = (from, allowed) => ({
  name: `${from}-stays-in-its-room`,
  severity: "error",
  from: { path: `^${from}/` },
  to: {
    path: "^(infra|components|stacks|pipeline|policies|release|sandbox|test)/",
    pathNot: allowed.map((p) => `^${p}/`),
  },
});

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "domain-is-pure",
      comment: "infra/domain imports nothing outside itself: no Pulumi, no clients, no Node I/O.",
      severity: "error",
      from: { path: "^infra/domain/" },
      to: { pathNot: "^infra/domain/" },
    },
    room("components", ["components", "infra/cluster", "infra/domain"]),
    room("stacks", ["stacks", "components", "infra/domain", "infra/config"]),
    room("policies", ["policies", "infra/domain", "infra/start"]),
    room("release", ["release", "infra/cluster", "infra/domain", "infra/config"]),
    room("pipeline", ["pipeline"]),
    room("infra/config", ["infra/config", "infra/domain"]),
    room("infra/cluster", ["infra/cluster", "infra/domain"]),
    room("sandbox", ["sandbox", "infra/domain"]),
    {
      name: "only-tests-import-tests",
      severity: "error",
      from: { pathNot: "^test/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^test/fixtures/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".cjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
