import { status, type sendUnaryData, type ServerUnaryCall, type ServerWritableStream } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { versions } from "../toolchain/versions.ts";
import type { Children } from "./children.ts";
import { directDependencies, pluginInvocation, programInvocation, runtimeOptions } from "./program.ts";

/** The SDK's program runner ends with this code after it has told the user what went wrong. */
const alreadyReported = 32;

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** How a program's end reads to the engine. */
export function runOutcome(
  code: number | null,
  signal: NodeJS.Signals | null,
  stoppedByUs: boolean,
): { bail?: boolean; error?: string } {
  if (code === 0) return {};
  // a cancelled update says so itself; there is no second error to report
  if (code === alreadyReported || stoppedByUs) return { bail: true };
  if (code === null) return { error: `the program was ended by ${signal ?? "a signal"}` };
  return { error: `the program ended with exit code ${code}` };
}

/** The engine's calls on a language host; code generation is left unimplemented. */
export class LanguageHost {
  readonly #children: Children;
  readonly #tracing: string;
  #engine: string;

  constructor(children: Children, engine: string, tracing: string) {
    this.#children = children;
    this.#engine = engine;
    this.#tracing = tracing;
  }

  implementation(): UntypedServiceImplementation {
    return {
      handshake: (
        call: ServerUnaryCall<languagePb.LanguageHandshakeRequest, languagePb.LanguageHandshakeResponse>,
        done: sendUnaryData<languagePb.LanguageHandshakeResponse>,
      ) => {
        this.#engine = call.request.getEngineAddress() || this.#engine;
        done(null, new languagePb.LanguageHandshakeResponse());
      },
      getPluginInfo: (_: unknown, done: sendUnaryData<pluginPb.PluginInfo>) => {
        const info = new pluginPb.PluginInfo();
        info.setVersion(versions.pulumi);
        done(null, info);
      },
      about: (_: unknown, done: sendUnaryData<languagePb.AboutResponse>) => {
        const about = new languagePb.AboutResponse();
        about.setExecutable(process.execPath);
        about.setVersion(process.version);
        done(null, about);
      },
      // None: the engine asks for a provider when the program registers its first resource, and so a stack needs only
      // the plugins of its own vendors, not those of every installed package.
      getRequiredPackages: (_: unknown, done: sendUnaryData<languagePb.GetRequiredPackagesResponse>) =>
        done(null, new languagePb.GetRequiredPackagesResponse()),
      getRequiredPlugins: (_: unknown, done: sendUnaryData<languagePb.GetRequiredPluginsResponse>) =>
        done(null, new languagePb.GetRequiredPluginsResponse()),
      runtimeOptionsPrompts: (_: unknown, done: sendUnaryData<languagePb.RuntimeOptionsResponse>) =>
        done(null, new languagePb.RuntimeOptionsResponse()),
      template: (_: unknown, done: sendUnaryData<languagePb.TemplateResponse>) =>
        done(null, new languagePb.TemplateResponse()),
      getProgramDependencies: (
        call: ServerUnaryCall<
          languagePb.GetProgramDependenciesRequest,
          languagePb.GetProgramDependenciesResponse
        >,
        done: sendUnaryData<languagePb.GetProgramDependenciesResponse>,
      ) => {
        const response = new languagePb.GetProgramDependenciesResponse();
        const directory = call.request.getInfo()?.getRootDirectory() ?? call.request.getPwd();
        for (const { name, version } of directDependencies(directory)) {
          const dependency = new languagePb.DependencyInfo();
          dependency.setName(name);
          dependency.setVersion(version);
          response.addDependencies(dependency);
        }
        done(null, response);
      },
      installDependencies: (
        call: ServerWritableStream<
          languagePb.InstallDependenciesRequest,
          languagePb.InstallDependenciesResponse
        >,
      ) => {
        const response = new languagePb.InstallDependenciesResponse();
        const directory = call.request.getInfo()?.getProgramDirectory() ?? call.request.getDirectory();
        response.setStdout(Buffer.from(`Run npm ci in ${directory} to install the program's packages.\n`));
        call.end(response);
      },
      run: this.#run.bind(this),
      runPlugin: this.#runPlugin.bind(this),
      cancel: (_: unknown, done: sendUnaryData<emptyPb.Empty>) => {
        void this.#children.stopAll().then(() => done(null, new emptyPb.Empty()));
      },
    };
  }

  #run(
    call: ServerUnaryCall<languagePb.RunRequest, languagePb.RunResponse>,
    done: sendUnaryData<languagePb.RunResponse>,
  ): void {
    const finish = (outcome: { bail?: boolean; error?: string }): void => {
      const response = new languagePb.RunResponse();
      response.setBail(outcome.bail ?? false);
      response.setError(outcome.error ?? "");
      done(null, response);
    };
    try {
      const { args, env, cwd } = programInvocation(call.request, this.#engine, this.#tracing);
      // the engine shows what the program prints on our own streams
      const child = this.#children.start(args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["ignore", "inherit", "inherit"],
      });
      child.on("error", (error) => finish({ error: `could not start node: ${error.message}` }));
      child.on("exit", (code, signal) => finish(runOutcome(code, signal, this.#children.stopping)));
      call.on("cancelled", () => this.#children.stop(child));
    } catch (error) {
      finish({ error: message(error) });
    }
  }

  #runPlugin(call: ServerWritableStream<languagePb.RunPluginRequest, languagePb.RunPluginResponse>): void {
    const { request } = call;
    const send = (fill: (response: languagePb.RunPluginResponse) => void): void => {
      const response = new languagePb.RunPluginResponse();
      fill(response);
      if (!call.cancelled) call.write(response);
    };
    try {
      const info = request.getInfo();
      const { args, env, cwd } = pluginInvocation({
        kind: request.getKind(),
        directory: info?.getProgramDirectory() ?? request.getProgram(),
        pwd: request.getPwd(),
        args: request.getArgsList(),
        env: request.getEnvList(),
        options: runtimeOptions(info),
      });
      const child = this.#children.start(args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stdout?.on("data", (chunk: Buffer) => send((response) => response.setStdout(chunk)));
      child.stderr?.on("data", (chunk: Buffer) => send((response) => response.setStderr(chunk)));
      child.on("error", (error) => call.destroy(error));
      // "close", not "exit": the last output comes before the exit code
      child.on("close", (code) => {
        send((response) => response.setExitcode(code ?? 1));
        call.end();
      });
      call.on("cancelled", () => this.#children.stop(child));
    } catch (error) {
      call.destroy(Object.assign(new Error(message(error)), { code: status.FAILED_PRECONDITION }));
    }
  }
}
