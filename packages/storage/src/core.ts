/**
 * The core this package stands on: a peer, so that a process has one, and of the very same version. Imported
 * before everything else, so that an installation that cannot work says so first.
 */
const { name, version } = require("../package.json") as { name: string; version: string };

try {
  const { requireVersion } = require("steadfast/backed") as typeof import("steadfast/backed");
  requireVersion(name, version);
} catch (cause) {
  throw missingCore(cause as NodeJS.ErrnoException) ?? cause;
}

/** What to say when there is no `steadfast` beside this package, or one from before it had anything for it. */
function missingCore(cause: NodeJS.ErrnoException): Error | undefined {
  const install = `run "npm install steadfast@${version}"`;
  const needs = `${name} ${version} needs steadfast ${version}`;
  if (cause.code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
    return new Error(`${needs}, but steadfast ${installedVersion()} is installed: ${install}`, {
      cause,
    });
  }
  if (cause.code !== "MODULE_NOT_FOUND" || !cause.message.includes("'steadfast/backed'")) return;
  return new Error(`${needs}, which is not installed: ${install}`, { cause });
}

/** The version of a `steadfast` that this package cannot use. */
function installedVersion(): string {
  return (require("steadfast/package.json") as { version: string }).version;
}
