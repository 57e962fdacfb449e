/** The core this package stands on: a peer, so that a process has one, and of the very same version. */
import { requireVersion } from "steadfast/backed";

const { name, version } = require("../package.json") as { name: string; version: string };

requireVersion(name, version);
